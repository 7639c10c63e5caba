/** Who a process is. */
export interface Person {
  readonly uid: number;
  readonly gid: number;
}

export const root: Person = { uid: 0, gid: 0 };
