const constants = require('mqtt-packet/constants');

/*
 * The constants of mqtt-packet without the first bytes of packets that a meter does not send through it: for each kind a
 * table of twelve Buffers, of 112 bytes of ROM each. PUBLISH is firmware/link's own.
 */
const { ACKS, SUBSCRIBE_HEADER } = constants;
delete constants.PUBLISH_HEADER;
delete constants.UNSUBSCRIBE_HEADER;
// The flags of these packets are fixed [MQTT-3.1.1 §2.2.2]: there is no other QoS to look up.
constants.ACKS = { puback: [ACKS.puback[0]] };
constants.SUBSCRIBE_HEADER = [undefined, SUBSCRIBE_HEADER[1]];

module.exports = constants;
