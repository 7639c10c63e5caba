// Loaded before a command: writes the most memory that its process has had, in KiB, into the file that PEAK_FILE names.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  writeFileSync(process.env.PEAK_FILE ?? '/dev/null', String(process.resourceUsage().maxRSS));
});
