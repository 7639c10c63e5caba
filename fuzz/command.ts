/** A command of npm: what it takes, and what it then does. */
export interface FuzzCommand<Request> {
  readonly name: string;
  readonly help: string;
  /** What is asked for, `undefined` for help. @throws Error for wrong usage */
  readonly requestOf: (args: readonly string[]) => Request | undefined;
  /** Answers what the process ends with. */
  readonly run: (request: Request) => Promise<number>;
}

/** Runs it with the arguments of this process, which ends with 1 where it fails, and with 2 for wrong usage. */
export async function runCommand<Request>({ name, help, requestOf, run }: FuzzCommand<Request>): Promise<void> {
  let request: Request | undefined;
  try {
    request = requestOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
    return;
  }
  if (request === undefined) {
    console.log(help);
    return;
  }
  process.exitCode = await run(request).catch((error: unknown) => {
    console.error(`${name}: ${error instanceof Error ? textOf(error) : String(error)}`);
    return 1;
  });
}

/** What cannot be done here needs no stack. */
function textOf(error: Error): string {
  return error.name === 'TargetUnavailableError' ? error.message : (error.stack ?? error.message);
}
