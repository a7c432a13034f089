/*
 * A program of the Moddable SDK's XS with one TCP connection to this computer, on which every call waits.
 * Arguments: port, server's name, then `authority` and its file, or `keyHash` and that.
 */
#include "xsAll.h"
#include "mc.xs.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

#define MAIN_MODULE "test/hosts/esp32/tls/client"

static int connection;
static char **arguments;

/** (index: number): string */
void xs_client_argument(xsMachine *the) { xsResult = xsString(arguments[1 + xsToInteger(xsArg(0))]); }

/** (path: string): string */
void xs_client_file(xsMachine *the) {
  char text[16384];
  FILE *file = fopen(xsToString(xsArg(0)), "r");
  if (file == NULL) xsUnknownError("no such file");
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  xsResult = xsString(text);
}

/** (port: number) */
void xs_client_connect(xsMachine *the) {
  const struct sockaddr_in address = {
    .sin_family = AF_INET, .sin_port = htons(xsToInteger(xsArg(0))), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (const struct sockaddr *)&address, sizeof address) != 0) xsUnknownError("connect");
}

/** (): ArrayBuffer, empty at the end */
void xs_client_receive(xsMachine *the) {
  char bytes[4096];
  const ssize_t count = recv(connection, bytes, sizeof bytes, 0);
  xsResult = xsArrayBuffer(bytes, count < 0 ? 0 : count);
}

/** (bytes: ArrayBuffer) */
void xs_client_send(xsMachine *the) {
  send(connection, xsToArrayBuffer(xsArg(0)), xsGetArrayBufferLength(xsArg(0)), MSG_NOSIGNAL);
}

/** (line: string) */
void xs_client_say(xsMachine *the) { fprintf(stderr, "%s\n", xsToString(xsArg(0))); }

/** The SDK's certificates are not there. */
const void *mcGetResource(xsMachine *the, char *path, size_t *size) { return NULL; }

void fxAbort(txMachine *the, int status) {
  fprintf(stderr, "the engine ended: %s\n", fxAbortString(status));
  exit(1);
}

int main(int count, char **words) {
  xsCreation *creation;
  void *preparation = xsPreparationAndCreation(&creation);
  txMachine *machine = fxPrepareMachine((txCreation *)creation, preparation, "tls-client", NULL, NULL);
  arguments = words;
  if (count != 5 || machine == NULL) return 2;
  xsBeginHost(machine);
  xsResult = xsAwaitImport(MAIN_MODULE, XS_IMPORT_DEFAULT);
  xsCallFunction0(xsResult, xsUndefined);
  xsEndHost(machine);
  return 0;
}
