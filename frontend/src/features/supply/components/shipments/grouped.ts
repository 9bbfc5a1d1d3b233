/** Findings that say the same, told once with how often. */

/** More containers than this with the same finding are one finding. */
const SEVERAL = 3;

export function counted(texts: readonly string[]): { text: string; count: number }[] {
  const found = new Map<string, number>();
  for (const text of texts) found.set(text, (found.get(text) ?? 0) + 1);
  return [...found].map(([text, count]) => ({ text, count }));
}

/** What many of these have in common, and of each what is its own. */
export function grouped(faults: readonly (readonly string[])[]): {
  common: { text: string; count: number }[];
  own: string[][];
} {
  const common = counted(faults.flatMap((texts) => [...new Set(texts)])).filter(
    ({ count }) => count > SEVERAL,
  );
  const said = new Set(common.map(({ text }) => text));
  return { common, own: faults.map((texts) => [...new Set(texts)].filter((text) => !said.has(text))) };
}
