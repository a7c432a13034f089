/** Record types (RFC 5246, 6.2.1). */
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;

/** Handshake messages of the server (RFC 5246, 7.4). */
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_KEY_EXCHANGE = 12;
const CERTIFICATE_REQUEST = 13;
const SERVER_HELLO_DONE = 14;
const ORDER: readonly number[] = [
  SERVER_HELLO,
  CERTIFICATE,
  SERVER_KEY_EXCHANGE,
  CERTIFICATE_REQUEST,
  SERVER_HELLO_DONE,
];

/**
 * The cipher suites to offer: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
 * (RFC 5289). The SDK's own list begins with suites without forward secrecy, and servers take the first they know.
 */
export const CIPHER_SUITES: readonly { readonly value: readonly [number, number] }[] = [
  { value: [0xc0, 0x2b] },
  { value: [0xc0, 0x2f] },
];
/** Bytes of a ServerHello before the length of its session id: version and random. */
const SESSION_ID = 34;

const NAMED_CURVE = 3;
const SHA256 = 4;
const RSA = 1;
const ECDSA = 3;

/**
 * Watches over the records of a server until it encrypts. The SDK's TLS takes what comes in any order, and a key
 * exchange that is not signed at all: whoever sits in between could leave out what he cannot forge.
 */
export class HandshakeWatch {
  /** Those that came, in the order in which they came. */
  readonly #seen: number[] = [];
  #isOver = false;

  /** The server encrypts from here on. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * @param record whole, with its header
   * @throws Error for anything but a full handshake with a signed ephemeral key, in the order of RFC 5246
   */
  check(record: Uint8Array): void {
    const type = record[0];
    if (type === HANDSHAKE) this.#checkMessages(record.subarray(RECORD_HEADER));
    else if (type === CHANGE_CIPHER_SPEC) this.#finish();
    else if (type !== ALERT) throw new Error(`TLS: expected a handshake, got a record of type ${type}`);
  }

  #checkMessages(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const [type = 0, high = 0, middle = 0, low = 0] = bytes.subarray(at, at + MESSAGE_HEADER);
      const end = at + MESSAGE_HEADER + ((high << 16) | (middle << 8) | low);
      if (end > bytes.length) throw new Error('TLS: expected whole messages, got a part of one');
      this.#checkOrder(type);
      const body = bytes.subarray(at + MESSAGE_HEADER, end);
      if (type === SERVER_HELLO) checkSuite(body);
      if (type === SERVER_KEY_EXCHANGE) checkSigned(body);
      at = end;
    }
  }

  #checkOrder(type: number): void {
    const last = this.#seen.length === 0 ? -1 : ORDER.indexOf(this.#seen[this.#seen.length - 1] as number);
    if (ORDER.indexOf(type) <= last) throw new Error(`TLS: expected what comes next, got message ${type}`);
    this.#seen.push(type);
  }

  #finish(): void {
    const missing = ORDER.find(type => type !== CERTIFICATE_REQUEST && !this.#seen.includes(type));
    if (missing !== undefined) throw new Error(`TLS: expected message ${missing}, got none`);
    this.#isOver = true;
  }
}

function checkSuite(hello: Uint8Array): void {
  const [first, second] = hello.subarray(SESSION_ID + 1 + (hello[SESSION_ID] ?? 0));
  if (!CIPHER_SUITES.some(({ value }) => value[0] === first && value[1] === second))
    throw new Error('TLS: expected a cipher suite that was offered, got another');
}

/** An ephemeral elliptic-curve key (RFC 8422, 5.4), signed by what the client has offered. */
function checkSigned(message: Uint8Array): void {
  const [curveType, , , length = 0] = message;
  const [hash, signature] = message.subarray(4 + length);
  const isSigned = hash === SHA256 && (signature === RSA || signature === ECDSA);
  if (curveType !== NAMED_CURVE || !isSigned)
    throw new Error('TLS: expected a key signed with SHA-256, got another');
}
