/** Naming somebody in a note: what is typed after an @, who it may be, and what the text is once one is chosen. */

export interface Named {
  type: 'person' | 'team';
  id: string;
  name: string;
}

const MOST = 8;

/** Without case and accents, so that "lea" finds "Léa". */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLocaleLowerCase();
}

/** The @ that is being typed at the caret, and the words after it; null when there is none. */
export function typedAt(text: string, caret: number): { from: number; words: string } | null {
  const found = /(?:^|[\s(])@([^@\n]{0,40})$/.exec(text.slice(0, caret));
  return found ? { from: caret - (found[1] ?? '').length - 1, words: found[1] ?? '' } : null;
}

/** Whose name, or a word of it, begins with what is typed. */
export function matching(everybody: readonly Named[], words: string): Named[] {
  const wanted = fold(words);
  if (/^\s/.test(wanted)) return [];
  return everybody
    .filter((one) => {
      const name = fold(one.name);
      return name.startsWith(wanted) || name.split(/[\s-]+/).some((word) => word.startsWith(wanted));
    })
    .slice(0, MOST);
}

/** The text with the name in place of what was typed, and where the caret then stands. */
export function complete(
  text: string,
  caret: number,
  from: number,
  name: string,
): { text: string; caret: number } {
  const before = `${text.slice(0, from)}@${name} `;
  return { text: before + text.slice(caret).replace(/^ /, ''), caret: before.length };
}

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** Everybody whose whole name stands after an @. A longer name that begins like a shorter one is meant alone. */
export function namedIn(everybody: readonly Named[], text: string): Named[] {
  const found: Named[] = [];
  let left = fold(text);
  for (const one of [...everybody].sort((a, b) => b.name.length - a.name.length)) {
    const words = new RegExp(`(^|[\\s(])@${literally(fold(one.name))}(?![\\p{L}\\p{N}])`, 'gu');
    if (left.search(words) < 0) continue;
    found.push(one);
    left = left.replaceAll(words, '$1');
  }
  return found;
}
