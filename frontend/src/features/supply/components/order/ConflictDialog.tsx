/** Two people changed the same lines: both values beside each other, and the reader chooses. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { evaluate, type Line, type LineEdit } from './line_edits';

export interface Conflict {
  line: Line;
  theirs: Line;
}

export function ConflictDialog({
  conflicts,
  edits,
  who,
  onMine,
  onTheirs,
}: {
  conflicts: Conflict[];
  edits: ReadonlyMap<string, LineEdit>;
  who: string;
  onMine(): void;
  onTheirs(): void;
}): JSX.Element {
  const { t } = useTranslation('supply');
  const format = useFormats();
  const said = (taken: number | null, backordered: number | null): string =>
    backordered
      ? t('changes.answerBoth', { taken: format.count(taken), backordered: format.count(backordered) })
      : format.count(taken);
  return (
    <Dialog
      title={t('conflict.title', { who })}
      opened={conflicts.length > 0}
      onClose={onTheirs}
      size={640}
      footer={
        <>
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
            const mine = evaluate(line, edits.get(line.sequence));
            return (
              <tr key={line.sequence}>
                <td>{line.title ?? line.asin ?? line.sequence}</td>
                <td className="num">{said(line.taken, line.backordered)}</td>
                <td className="num">{said(theirs.taken, theirs.backordered)}</td>
                <td className="num strong">{said(mine.taken, mine.backordered)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Dialog>
  );
}
