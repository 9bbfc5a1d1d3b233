/** The keys of the workspace: what each may do, when it was last used, when it ends; several can be ended at once. */
import { Checkbox } from '@mantine/core';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useScopeWords } from '~/lib/market';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Age } from '~/ui/Clock';

type Row = Schemas['KeyRow'];

export function KeyTable({
  rows,
  onRotate,
  onRevoke,
}: {
  rows: Row[];
  onRotate(row: Row): void;
  onRevoke(ids: string[]): void;
}): JSX.Element {
  const { t } = useTranslation('integrations');
  const [chosen, setChosen] = useState<string[]>([]);
  const live = rows.filter(isLive).map((row) => row.id);
  const picked = chosen.filter((id) => live.includes(id));
  return (
    <Card
      title={t('keys.title')}
      flush
      aside={
        picked.length > 0 ? (
          <Button danger onClick={() => onRevoke(picked)}>
            {t('revoke.some', { count: picked.length })}
          </Button>
        ) : (
          t('keys.count', { count: live.length })
        )
      }
    >
      <table className="plain-table key-table stacks">
        <thead>
          <tr>
            <th>
              <Checkbox
                aria-label={t('keys.all')}
                checked={picked.length > 0 && picked.length === live.length}
                indeterminate={picked.length > 0 && picked.length < live.length}
                disabled={live.length === 0}
                onChange={(event) => setChosen(event.currentTarget.checked ? live : [])}
              />
            </th>
            <th>{t('column.name')}</th>
            <th>{t('column.may')}</th>
            <th>{t('column.used')}</th>
            <th>{t('column.ends')}</th>
            <th>
              <span className="visually-hidden">{t('column.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <KeyLine
              key={row.id}
              row={row}
              chosen={picked.includes(row.id)}
              onChoose={(on) =>
                setChosen((before) => (on ? [...before, row.id] : before.filter((id) => id !== row.id)))
              }
              onRotate={() => onRotate(row)}
              onRevoke={() => onRevoke([row.id])}
            />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function isLive(row: Row): boolean {
  return row.state === 'active' || row.state === 'ending';
}

function KeyLine({
  row,
  chosen,
  onChoose,
  onRotate,
  onRevoke,
}: {
  row: Row;
  chosen: boolean;
  onChoose(on: boolean): void;
  onRotate(): void;
  onRevoke(): void;
}): JSX.Element {
  const { t } = useTranslation('integrations');
  const format = useFormats();
  const live = isLive(row);
  const partOf = useScopeWords();
  return (
    <tr className={live ? undefined : 'key-ended'}>
      <td>
        <Checkbox
          aria-label={t('keys.choose', { name: row.name })}
          checked={chosen}
          disabled={!live}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
      </td>
      <td>
        <strong>{row.name}</strong>
        <div className="mono quiet">{row.label}</div>
        <div className="quiet">
          {t('keys.by', { name: row.created_by ?? '–' })} <Age at={row.created_at} />
        </div>
        {row.leaked_at && live ? <div className="tone-critical">{t('flag.leaked')}</div> : null}
        {row.unused ? <div className="tone-caution">{t('flag.unused')}</div> : null}
        {row.used_after_rotation_at ? <div className="tone-caution">{t('flag.oldUse')}</div> : null}
      </td>
      <td>
        {row.scopes.map((scope) => (
          <div key={scope}>{t(`scope.${scope.replace('.', '_')}`)}</div>
        ))}
        <div className="quiet">{partOf(row.scope, t('keys.whole'))}</div>
        {row.allowed_cidrs.length > 0 ? (
          <div className="mono quiet">{row.allowed_cidrs.join(', ')}</div>
        ) : null}
      </td>
      <td>
        {row.last_used_at ? <Age at={row.last_used_at} /> : t('keys.never')}
        {row.last_used_address ? <div className="mono quiet">{row.last_used_address}</div> : null}
      </td>
      <td>
        <div>{t(`state.${row.state}`)}</div>
        {live ? <div className="quiet">{format.dateTime(row.ends_at)}</div> : null}
      </td>
      <td>
        {live ? (
          <div className="key-actions">
            {row.state === 'active' ? <Button onClick={onRotate}>{t('rotate.action')}</Button> : null}
            <Button danger onClick={onRevoke}>
              {t('revoke.action')}
            </Button>
          </div>
        ) : null}
      </td>
    </tr>
  );
}
