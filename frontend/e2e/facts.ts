/** Where the stack is and who signs in. */
import { createHmac } from 'node:crypto';

export interface StackFacts {
  url: string;
  simulator: string;
  email: string;
  password: string;
  totpSeed: string;
  /** The page of the demo that shows every mail; empty for a stack that is no demo. */
  mails: string;
}

export function facts(): StackFacts {
  const { OKTEE_URL, OKTEE_SIMULATOR, OKTEE_EMAIL, OKTEE_PASSWORD, OKTEE_TOTP_SEED, OKTEE_MAILS } =
    process.env;
  return {
    url: OKTEE_URL ?? '',
    simulator: (OKTEE_SIMULATOR ?? '').replace(/\/_control\/?$/, '').replace(/\/$/, ''),
    email: OKTEE_EMAIL ?? '',
    password: OKTEE_PASSWORD ?? '',
    totpSeed: OKTEE_TOTP_SEED ?? '',
    mails: OKTEE_MAILS ?? '',
  };
}

const STEP_MS = 30_000;
let lastCounter = 0;

/** A code of the account's authenticator app (RFC 6238) that this run has not used yet. */
export async function nextCode(): Promise<string> {
  for (;;) {
    const present = Math.floor(Date.now() / STEP_MS);
    const counter = Math.max(present, lastCounter + 1);
    if (counter <= present + 1) {
      lastCounter = counter;
      return codeAt(facts().totpSeed, counter);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function codeAt(seed: string, counter: number): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac('sha1', base32(seed)).update(message).digest();
  const place = (digest.at(-1) ?? 0) & 0x0f;
  return String((digest.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function base32(text: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...text].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
