/** The stack under test: the one of OKTEE_URL, or a demo of this checkout in a temporary folder, stopped afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const START_MS = 180_000;
const STOP_MS = 30_000;

interface Facts {
  url: string;
  control: string;
  mails: string;
  accounts: { workspace: string; role: string; email: string; password: string; totp_seed: string }[];
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export default async function startStack(): Promise<() => Promise<void>> {
  if (process.env.OKTEE_URL) {
    for (const name of ['OKTEE_EMAIL', 'OKTEE_PASSWORD', 'OKTEE_TOTP_SEED', 'OKTEE_SIMULATOR']) {
      if (!process.env[name]) throw new Error(`OKTEE_URL is set, so ${name} must be too.`);
    }
    return async () => undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'oktee-browser-'));
  chmodSync(folder, 0o711); // the account of the database server must be able to walk there
  const ready = join(folder, 'ready.json');
  const log: string[] = [];
  const demo = spawn(
    join(root, '.venv', 'bin', 'python'),
    ['-m', 'oktee.cli', 'demo', '--state', join(folder, 'state'), '--port', '0', '--ready-file', ready],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  for (const stream of [demo.stdout, demo.stderr])
    stream.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  const stop = async (): Promise<void> => {
    await end(demo);
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + START_MS;
  while (!existsSync(ready)) {
    if (demo.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`The demo did not start.\n${log.join('')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const facts = JSON.parse(readFileSync(ready, 'utf8')) as Facts;
  const owner = facts.accounts.find((account) => account.role === 'owner');
  if (!owner) throw new Error('The demo names no owner.');
  process.env.OKTEE_URL = facts.url;
  process.env.OKTEE_SIMULATOR = facts.control;
  process.env.OKTEE_EMAIL = owner.email;
  process.env.OKTEE_PASSWORD = owner.password;
  process.env.OKTEE_TOTP_SEED = owner.totp_seed;
  process.env.OKTEE_MAILS = facts.mails;
  return stop;
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGINT');
  });
}
