const { Buffer } = require('./buffer');

/** The part of a `bl` buffer list that mqtt-packet's parser uses, over one buffer: packets come to it whole. */
class BufferList {
  #bytes = Buffer.alloc(0);

  get length() {
    return this.#bytes.length;
  }

  /** Keeps the bytes themselves, if it was empty. */
  append(bytes) {
    if (this.length === 0) {
      this.#bytes = bytes;
      return;
    }
    const whole = Buffer.alloc(this.length + bytes.length);
    whole.set(this.#bytes);
    whole.set(bytes, this.length);
    this.#bytes = whole;
  }

  consume(count) {
    this.#bytes = this.#bytes.subarray(count);
  }

  slice(start, end) {
    return this.#bytes.subarray(start, end);
  }

  readUInt8(offset) {
    return this.#bytes[offset];
  }

  readUInt16BE(offset) {
    return this.#bytes[offset] * 0x100 + this.#bytes[offset + 1];
  }

  readUInt32BE(offset) {
    return this.readUInt16BE(offset) * 0x10000 + this.readUInt16BE(offset + 2);
  }

  /** UTF-8. @throws URIError when it is ill-formed: a packet with such text is malformed [MQTT-1.5.4-1] */
  toString(_encoding, start, end) {
    let text = '';
    let isAscii = true;
    for (let k = start; k < end; k++) {
      text += String.fromCharCode(this.#bytes[k]);
      if (this.#bytes[k] > 0x7f) isAscii = false;
    }
    return isAscii ? text : decodeURIComponent(escaped(text));
  }
}

/** @param text whose characters are bytes */
function escaped(text) {
  let result = '';
  for (const byte of text) result += `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return result;
}

module.exports = () => new BufferList();
