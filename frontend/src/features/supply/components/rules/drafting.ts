/** What is typed of a rule: which version it began from, whether it differs, and what a colleague saved meanwhile. */
import { useEffect, useState } from 'react';
import type { Schemas } from '~/lib/api';
import { useUnsaved } from '~/lib/unsaved';
import type { Body } from './fields';

/** `start`, `startName`: what a new rule begins with. `kept`: what is typed would be lost by leaving. */
export function useDraft(
  rule: Schemas['RuleDetail'] | null,
  start: Body,
  startName: string,
  { kept }: { kept: boolean },
) {
  /** The version that what is typed began from. */
  const [based, setBased] = useState(rule?.newest.number ?? 0);
  const origin = rule?.versions.find((one) => one.number === based) ?? rule?.newest;
  const first = origin?.body ?? start;
  const [body, setBody] = useState<Body>(first);
  const [name, setName] = useState(rule?.name ?? startName);
  const [named, setNamed] = useState(rule?.name ?? startName);
  const [consequence, setConsequence] = useState('');
  const [broken, setBroken] = useState<ReadonlySet<string>>(new Set());
  /** Boxes hold what is typed in them: another body in their place begins them anew. */
  const [boxes, setBoxes] = useState(0);
  /** A new rule that was saved is on its way to its own page. */
  const [stored, setStored] = useState(false);
  const changed = JSON.stringify(body) !== JSON.stringify(first) || (rule !== null && name !== named);
  useUnsaved(
    changed && kept && !stored,
    (to) =>
      to.pathname.endsWith('/supply/rules') && (to.search as { rule?: string }).rule === (rule?.id ?? 'new'),
  );
  const load = (next: Body) => {
    setBody(next);
    setBoxes((before) => before + 1);
    setBroken(new Set());
  };
  const follow = (of: Schemas['RuleDetail']) => {
    setBased(of.newest.number);
    setName(of.name);
    setNamed(of.name);
    setConsequence('');
    load(of.newest.body);
  };
  const newer = rule !== null && rule.newest.number > based ? rule.newest : null;
  // Nothing is typed: what a colleague saved is simply what is shown.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked when another version is there, not when one types
  useEffect(() => {
    if (rule && newer && !changed) follow(rule);
  }, [newer?.number]);
  return {
    based,
    body,
    setBody,
    name,
    setName,
    consequence,
    setConsequence,
    broken,
    /** Marks a box whose content is no value, or one that was mended. */
    mark: (pointer: string, bad: boolean) =>
      setBroken((before) => {
        const next = new Set(before);
        if (bad) next.add(pointer);
        else next.delete(pointer);
        return next;
      }),
    boxes,
    changed,
    load,
    /** Takes the newest version in, whatever was typed. */
    follow,
    newer,
    /** Goes on with what is typed, as if it began from the newest version. */
    keepMine: () => newer && setBased(newer.number),
    /** It was saved: nothing of it can be lost any more. */
    saved: (of: Schemas['RuleDetail']) => (rule === null ? setStored(true) : follow(of)),
  };
}
