import { askHere } from './ask.ts';
import { failureOf, type Reply, type Task } from './child.ts';
import { recordHere } from './record/record.ts';
import { replayShard } from './shard.ts';
import { shortestPrefixesHere } from './shortest.ts';

/** The process that inChild starts: it does one piece of work and answers. */
function work(task: Task): Promise<unknown> {
  switch (task.kind) {
    case 'replay':
      return replayShard(task.request);
    case 'shorten':
      return shortestPrefixesHere(task.request);
    case 'record':
      return recordHere(task.request);
    case 'ask':
      return askHere(task.request);
  }
}

function answer(reply: Reply): void {
  process.send?.(reply, () => {
    process.disconnect();
  });
}

// Nobody waits for the answer of a child whose parent is gone.
process.once('disconnect', () => process.exit());

process.once('message', (task: Task) => {
  work(task).then(
    (result) => {
      answer({ ok: true, result });
    },
    (error: unknown) => {
      answer({ ok: false, failure: failureOf(error) });
    },
  );
});
