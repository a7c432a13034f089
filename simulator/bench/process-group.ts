/** Whether processes have groups here. */
export const HAS_GROUPS = process.platform !== 'win32';

/** Kills a process and all that it has started and that did not leave its group. One that has ended already is none. */
export function killGroup(pid: number): void {
  try {
    process.kill(HAS_GROUPS ? -pid : pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
