// m3ter_crypto.h behind stdin and stdout.
#include "../crypto/m3ter_crypto.h"
#include "frames.h"
#include "residue.h"

enum { BLIND = 1, SIGN, RECOVER, SHA256, KECCAK256, RESIDUE, SHA256_OF_PIECES };

/** Of 1, 2, 3 ... bytes. */
static void sha256_of_pieces(uint8_t *digest, const frame *message) {
  m3ter_sha256_begin();
  for (size_t at = 0, length = 1; at < message->length; at += length++)
    m3ter_sha256_add(message->bytes + at, length < message->length - at ? length : message->length - at);
  m3ter_sha256_end(digest);
}

static uint8_t answer_to(uint8_t operation, const frame *request, frame *answer) {
  frame_reader fields = frame_fields(request);
  uint8_t output[M3TER_SIGNATURE_SIZE];
  switch (operation) {
  case BLIND:
    m3ter_crypto_init(frame_bytes(&fields, 32));
    return STATUS_OK;
  case SIGN: {
    const uint8_t *digest = frame_bytes(&fields, M3TER_DIGEST_SIZE);
    if (!m3ter_sign(output, digest, frame_bytes(&fields, M3TER_PRIVATE_KEY_SIZE))) return STATUS_REFUSED;
    frame_append(answer, output, M3TER_SIGNATURE_SIZE);
    return STATUS_OK;
  }
  case RECOVER: {
    const uint8_t *digest = frame_bytes(&fields, M3TER_DIGEST_SIZE);
    if (!m3ter_recover(output, digest, frame_bytes(&fields, M3TER_SIGNATURE_SIZE))) return STATUS_REFUSED;
    frame_append(answer, output, M3TER_PUBLIC_KEY_SIZE);
    return STATUS_OK;
  }
  case SHA256:
    m3ter_sha256(output, request->bytes, request->length);
    frame_append(answer, output, M3TER_DIGEST_SIZE);
    return STATUS_OK;
  case KECCAK256:
    m3ter_keccak256(output, request->bytes, request->length);
    frame_append(answer, output, M3TER_DIGEST_SIZE);
    return STATUS_OK;
  case SHA256_OF_PIECES:
    sha256_of_pieces(output, request);
    frame_append(answer, output, M3TER_DIGEST_SIZE);
    return STATUS_OK;
  case RESIDUE: {
    const uint8_t *digest = frame_bytes(&fields, M3TER_DIGEST_SIZE);
    const uint8_t *private_key = frame_bytes(&fields, M3TER_PRIVATE_KEY_SIZE);
    const size_t secrets = (size_t)(fields.end - fields.at) / 32;
    const residue_report report =
      search_stack_after_signing(digest, private_key, frame_bytes(&fields, 32 * secrets), secrets);
    frame_append_int64(answer, report.residues);
    frame_append_int64(answer, report.depth);
    return STATUS_OK;
  }
  default:
    return STATUS_REFUSED;
  }
}

int main(void) {
  frames_serve(answer_to);
  return 0;
}
