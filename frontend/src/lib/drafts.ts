/** Notes that were typed and not added, by what they are on: closing what they stand beside loses none. */
const drafts = new Map<string, string>();

export function draftOf(of: string): string {
  return drafts.get(of) ?? '';
}

export function keepDraft(of: string, words: string): void {
  if (words.trim()) drafts.set(of, words);
  else drafts.delete(of);
}

/** With the session of whoever typed them. */
export function forgetDrafts(): void {
  drafts.clear();
}
