/** Two people changed the same lines: both values beside each other, and the reader chooses. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { type Answer, answerOf, evaluate, type Line, type LineEdit, reasonOf } from './line_edits';

export interface Conflict {
  line: Line;
  theirs: Line;
}

function typedInto(line: Line, edit: LineEdit | undefined): Answer {
  const result = evaluate(line, edit);
  const was = answerOf(line);
  if (!edit) return was;
  return {
    taken: result.taken,
    backordered: result.backordered,
    reason: (result.cut ?? 0) > 0 ? reasonOf(edit, result) : null,
    ship: edit.shipAt ?? was.ship,
    back: edit.backAt ?? was.back,
  };
}

export function ConflictDialog({
  conflicts,
  edits,
  who,
  onMine,
  onTheirs,
  onLater,
}: {
  conflicts: Conflict[];
  edits: ReadonlyMap<string, LineEdit>;
  who: string;
  onMine(): void;
  onTheirs(): void;
  /** Closed without a choice: neither is lost. */
  onLater(): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'status']);
  const format = useFormats();
  /** What an answer of a line says; its days and its reason where one of the three names another. */
  const said = (one: Answer, others: readonly Answer[]): JSX.Element => {
    const differs = (field: keyof Answer): boolean => others.some((other) => other[field] !== one[field]);
    const besides = [
      one.taken && one.ship && differs('ship') ? t('reason.shipAt', { at: format.date(one.ship) }) : null,
      one.backordered && one.back && differs('back')
        ? t('reason.backorderAt', { at: format.date(one.back) })
        : null,
      one.reason && differs('reason') ? t(`status:rejection.${one.reason}`) : null,
    ].filter((words) => words !== null);
    return (
      <>
        {one.backordered
          ? t('changes.answerBoth', {
              taken: format.count(one.taken),
              backordered: format.count(one.backordered),
            })
          : format.count(one.taken)}
        {besides.map((words) => (
          <span key={words} className="line-sub conflict-more">
            {words}
          </span>
        ))}
      </>
    );
  };
  return (
    <Dialog
      title={t('conflict.title', { who })}
      opened={conflicts.length > 0}
      onClose={onLater}
      size={640}
      footer={
        <>
          <Button onClick={onLater}>{t('common:action.cancel')}</Button>
          <Button onClick={onTheirs}>{t('conflict.theirs')}</Button>
          <Button primary onClick={onMine}>
            {t('conflict.mine')}
          </Button>
        </>
      }
    >
      <p>{t('conflict.text')}</p>
      <table className="compare">
        <thead>
          <tr>
            <th>{t('lines.product')}</th>
            <th className="num">{t('conflict.before')}</th>
            <th className="num">{who}</th>
            <th className="num">{t('conflict.mineColumn')}</th>
          </tr>
        </thead>
        <tbody>
          {conflicts.map(({ line, theirs }) => {
            const all = [answerOf(line), answerOf(theirs), typedInto(line, edits.get(line.sequence))];
            return (
              <tr key={line.sequence}>
                <td>{line.title ?? line.asin ?? line.sequence}</td>
                {all.map((answer, column) => (
                  <td key={column} className={column === 2 ? 'num strong' : 'num'}>
                    {said(answer, all)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Dialog>
  );
}
