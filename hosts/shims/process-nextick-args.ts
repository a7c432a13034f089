/** In place of the npm package of this name. mqtt-packet wants it for streams that it can cork; ours have no cork. */
export function nextTick(callback: (argument: unknown) => void, argument: unknown): void {
  void Promise.resolve(argument).then(callback);
}
