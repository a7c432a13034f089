import type { ChildProcess } from 'node:child_process';

/** What a worker answers to a request. @throws Error when its process ends instead */
export function answerOf<Answer>(worker: ChildProcess, request: object | string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) =>
      reject(
        new Error(`${JSON.stringify(request)}: expected an answer, its process ended with ${code ?? signal}`),
      );
    worker.once('exit', onExit);
    worker.once('message', answer => {
      worker.off('exit', onExit);
      resolve(answer as Answer);
    });
    worker.send(request);
  });
}
