/** Giving several orders away, and marking several with tags: both can be taken back, so both are done at once. */
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useProblems } from '~/lib/problems';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Segmented } from '~/ui/Segmented';
import { Notice } from '~/ui/states';
import type { Wish } from '../list/use_bulk';
import { type Handed, HolderOptions, type HolderWish, wishOf } from './HolderOptions';
import { useColleagues } from './use_colleagues';
import './TeamworkCard.css';

interface HandDialog {
  count: number;
  busy: boolean;
  error: unknown;
  onClose(): void;
}

export function AssignDialog({
  kind,
  count,
  busy,
  error,
  onClose,
  onAct,
}: HandDialog & { kind: Handed; onAct(holder: HolderWish): void }): JSX.Element {
  const { t } = useTranslation(['lists', 'common', 'teamwork']);
  const problems = useProblems();
  const colleagues = useColleagues();
  const [holder, setHolder] = useState<string | null>(null);
  const said = { count, context: kind === 'exception' ? kind : undefined };
  return (
    <Dialog
      title={t('bulk.assignTitle', said)}
      opened
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            primary
            busy={busy}
            reason={holder === null ? t('bulk.holderMissing') : null}
            onClick={() => onAct(wishOf(holder ?? ''))}
          >
            {t(holder === '' ? 'bulk.assignNobody' : 'bulk.assignSubmit', said)}
          </Button>
        </>
      }
    >
      {error ? <Notice tone="critical">{problems.text(error)}</Notice> : null}
      <p className="quiet">{t('bulk.assignText')}</p>
      <label className="hand-holder">
        {t('teamwork:card.assignee')}
        <select
          className="select"
          data-autofocus
          value={holder ?? 'none'}
          onChange={(event) => setHolder(event.target.value)}
        >
          {holder === null ? <option value="none">{t('bulk.holderChoose')}</option> : null}
          <option value="">{t('teamwork:card.nobody')}</option>
          <HolderOptions kind={kind} colleagues={colleagues} />
        </select>
      </label>
    </Dialog>
  );
}

export function TagDialog({
  count,
  busy,
  error,
  onClose,
  onAct,
}: HandDialog & { onAct(wish: Omit<Wish, 'chosen'>): void }): JSX.Element {
  const { t } = useTranslation(['lists', 'common', 'teamwork']);
  const problems = useProblems();
  const workspace = useWorkspace();
  const mayManage = useMay('settings.manage');
  const { tags } = useColleagues();
  const [action, setAction] = useState<'tag' | 'untag'>('tag');
  const [wanted, setWanted] = useState<string[]>([]);
  return (
    <Dialog
      title={t('bulk.tagTitle', { count })}
      opened
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            primary
            busy={busy}
            reason={wanted.length === 0 ? t('bulk.tagMissing') : null}
            onClick={() => onAct({ action, tags: wanted })}
          >
            {t(action === 'tag' ? 'bulk.tagSubmit' : 'bulk.untagSubmit', { count })}
          </Button>
        </>
      }
    >
      {error ? <Notice tone="critical">{problems.text(error)}</Notice> : null}
      {tags.length === 0 ? (
        <p>
          {t('bulk.noTags')}{' '}
          {mayManage ? (
            <Link
              to="/$workspace/administration/people"
              params={{ workspace: workspace.slug }}
              search={{ tab: 'teams' }}
            >
              {t('bulk.makeTags')}
            </Link>
          ) : null}
        </p>
      ) : (
        <>
          <Segmented<'tag' | 'untag'>
            label={t('bulk.tagHow')}
            value={action}
            onChange={setAction}
            segments={[
              { value: 'tag', label: t('bulk.tagPut') },
              { value: 'untag', label: t('bulk.tagTake') },
            ]}
          />
          <fieldset className="filter-options">
            <legend className="visually-hidden">{t('teamwork:card.tags')}</legend>
            {tags.map((tag) => (
              <label key={tag.id} className="cluster">
                <input
                  type="checkbox"
                  checked={wanted.includes(tag.id)}
                  onChange={() =>
                    setWanted(
                      wanted.includes(tag.id) ? wanted.filter((one) => one !== tag.id) : [...wanted, tag.id],
                    )
                  }
                />
                <span className={`tag tag-${tag.colour}`}>{tag.name}</span>
              </label>
            ))}
          </fieldset>
        </>
      )}
    </Dialog>
  );
}
