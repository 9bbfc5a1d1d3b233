/** What mends a cause: its fixes with what each asks for first, giving it away, putting it aside, and a note that ends it. */
import { useDebouncedValue } from '@mantine/hooks';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { DayField } from '~/ui/DayField';
import type { Unread } from '~/ui/unread';
import type { Fix } from './use_acting';

/** The catalogue is asked when somebody pauses, not for each letter. */
const TYPING_MS = 250;

/** What a fix asks for before it can be pressed. */
export interface Typed {
  sku: string;
  date: string;
  note: string;
}

export function Fixes({
  legend,
  offered,
  typed,
  onType,
  label,
  reason,
  unread,
  busy,
  asleep,
  onFix,
  onAssign,
  onSnooze,
  onWake,
}: {
  legend: string;
  offered: readonly Fix[];
  typed: Typed;
  onType(change: Partial<Typed>): void;
  label(fix: Fix): string;
  /** Why it cannot be done now, or null. */
  reason(what: string): string | null;
  /** Which of them hold a day that cannot be read. */
  unread: Unread;
  busy: Fix | 'wake' | null;
  /** What is shown was put out of sight. */
  asleep: boolean;
  onFix(fix: Fix): void;
  onAssign(): void;
  onSnooze(): void;
  onWake(): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'lists', 'common']);
  return (
    <fieldset className="fixes">
      <legend className="label">{legend}</legend>
      {offered.map((fix, position) => (
        <span key={fix} className="fix">
          {fix === 'match_sku' ? <Sku value={typed.sku} onChange={(sku) => onType({ sku })} /> : null}
          {fix === 'backorder' || fix === 'redate' ? (
            <DayField
              label={t(fix === 'redate' ? 'redateTo' : 'backorderFrom')}
              value={typed.date}
              onChange={(date) => onType({ date })}
              onUnread={unread.at(fix)}
            />
          ) : null}
          <Button
            primary={position === 0}
            reason={reason(fix)}
            busy={busy === fix}
            onClick={() => onFix(fix)}
          >
            {label(fix)}
          </Button>
        </span>
      ))}
      <Button reason={reason('assign')} onClick={onAssign}>
        {t('lists:bulk.assign')}
      </Button>
      {asleep ? (
        <Button reason={reason('wake')} busy={busy === 'wake'} onClick={onWake}>
          {t('wake')}
        </Button>
      ) : (
        <Button reason={reason('snooze')} onClick={onSnooze}>
          {t('snooze')}
        </Button>
      )}
    </fieldset>
  );
}

function Sku({ value, onChange }: { value: string; onChange(sku: string): void }): JSX.Element {
  const { t } = useTranslation('exceptions');
  const workspace = useWorkspace();
  const [asked] = useDebouncedValue(value.trim(), TYPING_MS);
  const found = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/catalog/items',
    { params: { path: { workspace: workspace.slug }, query: { q: asked, limit: 10 } } },
    { enabled: asked.length > 1 },
  );
  return (
    <>
      <input
        className="field"
        list="skus"
        aria-label={t('sku')}
        placeholder={t('sku')}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id="skus">
        {found.data?.rows.map((item) => (
          <option key={item.id} value={item.sku}>
            {item.title}
          </option>
        ))}
      </datalist>
    </>
  );
}

export function NoteForm({
  note,
  reason,
  onNote,
  onResolve,
}: {
  note: string;
  reason: string | null;
  onNote(note: string): void;
  onResolve(): void;
}): JSX.Element {
  const { t } = useTranslation('exceptions');
  return (
    <form
      className="fixes cause-note"
      onSubmit={(event) => {
        event.preventDefault();
        if (!reason) onResolve();
      }}
    >
      <label className="label" htmlFor="exception-note">
        {t('noteLabel')}
      </label>
      <input
        id="exception-note"
        className="field"
        value={note}
        maxLength={1000}
        onChange={(event) => onNote(event.target.value)}
      />
      <Button type="submit" reason={reason}>
        {t('fix.note')}
      </Button>
    </form>
  );
}
