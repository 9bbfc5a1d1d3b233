/** Editing and answering one order: the edits of this person, saving them, sending, and what stands in the way. */
import { type QueryClient, useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client, idempotencyKey, type Schemas } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { draftLines, evaluate, conflicts as findConflicts, type Line, type LineEdit } from './line_edits';

type Order = Schemas['OrderDetail'];

export type Answering = ReturnType<typeof useAnswering>;

export function useAnswering(order: Order, queryClient: QueryClient) {
  const { t } = useTranslation('supply');
  const problems = useProblems();
  const workspace = useWorkspace();
  const path = { workspace: workspace.slug, order_id: order.id };
  const [edits, setEdits] = useState<ReadonlyMap<string, LineEdit>>(new Map());
  /** The lines as they were when this person began to type: what a conflict is measured against. */
  const [before, setBefore] = useState<Line[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [lineProblems, setLineProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const [conflicts, setConflicts] = useState<{ line: Line; theirs: Line }[]>([]);
  // One key for one intention: pressing again after a broken wire sends nothing twice.
  const key = useRef(idempotencyKey());

  const edited = order.lines.filter((line) => evaluate(line, edits.get(line.sequence)).edited);
  const dirty = edited.length > 0;

  const store = (fresh: Order | undefined): void => {
    if (!fresh) return;
    queryClient.setQueryData(
      ['get', '/api/v1/{workspace}/supply/orders/{order_id}', { params: { path } }],
      fresh,
    );
  };
  const reread = (): Promise<void> =>
    queryClient.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).includes('/supply/') });
  const forget = (): void => {
    setEdits(new Map());
    setBefore(null);
    setConflicts([]);
    setLineProblems(new Map());
  };

  /** Somebody else's answer may have come live, under what is typed: then both are shown, and nothing is sent yet. */
  const overtaken = (): boolean => {
    const found = before ? findConflicts(before, order.lines, edits) : [];
    setConflicts(found);
    return found.length > 0;
  };

  const onError = async (error: unknown): Promise<void> => {
    if (!(error instanceof ApiProblem)) {
      setProblem(t('problem.other'));
      return;
    }
    if (error.status === 422 && error.errors.length > 0) {
      const sent = draftLines(order.lines, edits);
      const found = new Map<string, string>();
      for (const { pointer, code, message } of error.errors) {
        const index = /^\/lines\/(\d+)/.exec(pointer)?.[1];
        const sequence = index === undefined ? undefined : sent[Number(index)]?.sequence;
        if (sequence)
          found.set(sequence, t(`lineProblem.${code}`, { defaultValue: problems.field({ code, message }) }));
      }
      setLineProblems(found);
      setProblem(t('problem.lines', { count: error.errors.length }));
      return;
    }
    if (error.code === 'decision_changed' && before && dirty) {
      const { data: now } = await client.GET('/api/v1/{workspace}/supply/orders/{order_id}', {
        params: { path },
      });
      store(now);
      const found = now ? findConflicts(before, now.lines, edits) : [];
      setConflicts(found);
      if (found.length === 0) setProblem(t('problem.decision_changed'));
      return;
    }
    setProblem(t(`problem.${error.code}`, { defaultValue: problems.text(error, t('problem.other')) }));
    await reread();
  };

  const putDraft = async (): Promise<Order> => {
    const { data } = await client.PUT('/api/v1/{workspace}/supply/orders/{order_id}/draft', {
      params: { path },
      body: {
        revision: order.revision,
        decision_id: order.decision?.id ?? '',
        lines: draftLines(order.lines, edits),
      },
    });
    if (!data) throw new ApiProblem(0, {}, null);
    store(data);
    return data;
  };
  const saving = useMutation({
    mutationFn: putDraft,
    onSuccess: async () => {
      forget();
      await reread();
    },
    onError,
  });
  const confirming = useMutation({
    mutationFn: async () => {
      const now = dirty ? await putDraft() : order;
      if (dirty) forget();
      await client.POST('/api/v1/{workspace}/supply/orders/{order_id}/confirmation', {
        params: { path, header: { 'Idempotency-Key': key.current } },
        body: { revision: now.revision, decision_id: now.decision?.id ?? '' },
      });
    },
    onSuccess: async () => {
      key.current = idempotencyKey();
      setProblem(null);
      await reread();
    },
    onError: async (error) => {
      // An answer that came back, even a refusal, ends the intention; only silence keeps its key.
      if (!(error instanceof ApiProblem) || error.status !== 0) key.current = idempotencyKey();
      await onError(error);
    },
  });
  const settled = {
    onSuccess: async (answer: { data?: Order }) => {
      store(answer.data);
      await reread();
    },
    onError,
  };
  const holding = useMutation({
    mutationFn: (reason: string) =>
      client.POST('/api/v1/{workspace}/supply/orders/{order_id}/hold', {
        params: { path },
        body: { reason },
      }),
    ...settled,
  });
  const releasing = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/supply/orders/{order_id}/hold', { params: { path } }),
    ...settled,
  });
  const stopping = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/supply/orders/{order_id}/scheduled', { params: { path } }),
    ...settled,
  });

  return {
    edits,
    dirty,
    edited: edited.map((line) => line.sequence),
    editedLines: edited.length,
    problem,
    lineProblems,
    conflicts,
    edit: (sequence: string, edit: LineEdit): void => {
      setBefore(before ?? order.lines);
      setEdits(new Map(edits).set(sequence, edit));
      if (lineProblems.has(sequence)) {
        const rest = new Map(lineProblems);
        rest.delete(sequence);
        setLineProblems(rest);
      }
    },
    editMany: (next: ReadonlyMap<string, LineEdit>): void => {
      setBefore(before ?? order.lines);
      setEdits(next);
      setLineProblems(new Map());
    },
    undo: (): void => {
      forget();
      setProblem(null);
    },
    save: (): void => {
      if (!overtaken()) saving.mutate();
    },
    saving: saving.isPending,
    confirm: (): void => {
      if (!overtaken()) confirming.mutate();
    },
    confirming: confirming.isPending,
    holding,
    releasing,
    stopping,
    dismiss: (): void => setProblem(null),
    keepMine: (): void => {
      setConflicts([]);
      setBefore(order.lines);
      saving.mutate();
    },
    /** Of the lines that both changed theirs stands; what was typed into the others stays. */
    takeTheirs: (): void => {
      const rest = new Map(edits);
      for (const { line } of conflicts) rest.delete(line.sequence);
      const wrong = new Map(lineProblems);
      for (const { line } of conflicts) wrong.delete(line.sequence);
      setLineProblems(wrong);
      setProblem(null);
      setConflicts([]);
      setEdits(rest);
      setBefore(rest.size > 0 ? order.lines : null);
    },
    /** Nothing is chosen yet: what was typed stays, and is asked about again before it is saved. */
    decideLater: (): void => setConflicts([]),
  };
}
