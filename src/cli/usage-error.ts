/** The command was not written as it must be: exit status 2. The text says how, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
