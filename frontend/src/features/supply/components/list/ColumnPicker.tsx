/** Which columns the list shows, in which order and how wide, and which stay in sight; kept per view and person. */
import { Popover } from '@mantine/core';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Icon } from '~/ui/Icon';

type Column = Schemas['Column'];
const STEP = 24;
const NARROWEST = 44;
const WIDEST = 400;

export function ColumnPicker({
  all,
  shown,
  onChange,
}: {
  /** Every column there is: its name and how wide it is by itself. */
  all: { id: string; name: string; width: number }[];
  shown: Column[];
  onChange(columns: Column[]): void;
}): JSX.Element {
  const { t } = useTranslation('lists');
  const nameOf = new Map(all.map((column) => [column.id, column]));
  const hidden = all.filter((column) => !shown.some((one) => one.id === column.id));
  const move = (at: number, by: number): void => {
    const next = [...shown];
    const [taken] = next.splice(at, 1);
    if (taken) next.splice(at + by, 0, taken);
    onChange(next);
  };
  const change = (id: string, over: Partial<Column>): void =>
    onChange(shown.map((column) => (column.id === id ? { ...column, ...over } : column)));
  return (
    <Popover position="bottom-end" width={360} trapFocus>
      <Popover.Target>
        <button type="button" className="button button-plain">
          {t('columns.title')}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className="column-list">
          {shown.map((column, at) => {
            const known = nameOf.get(column.id);
            if (!known) return null;
            const width = column.width ?? known.width;
            const { name } = known;
            return (
              <li key={column.id}>
                <label className="cluster">
                  <input
                    type="checkbox"
                    checked
                    disabled={column.id === 'po_number'}
                    onChange={() => onChange(shown.filter((one) => one.id !== column.id))}
                  />
                  {name}
                </label>
                <span className="column-tools">
                  <Tool
                    label={t('columns.narrower', { name })}
                    onClick={() => change(column.id, { width: Math.max(NARROWEST, width - STEP) })}
                  >
                    −
                  </Tool>
                  <Tool
                    label={t('columns.wider', { name })}
                    onClick={() => change(column.id, { width: Math.min(WIDEST, width + STEP) })}
                  >
                    +
                  </Tool>
                  <Tool label={t('columns.up', { name })} off={at === 0} onClick={() => move(at, -1)}>
                    <Icon name="up" size={12} />
                  </Tool>
                  <Tool
                    label={t('columns.down', { name })}
                    off={at === shown.length - 1}
                    onClick={() => move(at, 1)}
                  >
                    <Icon name="down" size={12} />
                  </Tool>
                  <Tool
                    label={t('columns.pin', { name })}
                    pressed={column.pinned ?? false}
                    onClick={() => change(column.id, { pinned: !column.pinned })}
                  >
                    <Icon name="lock" size={12} />
                  </Tool>
                </span>
              </li>
            );
          })}
          {hidden.map((column) => (
            <li key={column.id}>
              <label className="cluster">
                <input
                  type="checkbox"
                  checked={false}
                  onChange={() => onChange([...shown, { id: column.id, pinned: false }])}
                />
                {column.name}
              </label>
            </li>
          ))}
        </ul>
        <Button quiet onClick={() => onChange([])}>
          {t('columns.reset')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

function Tool({
  label,
  off,
  pressed,
  onClick,
  children,
}: {
  label: string;
  off?: boolean;
  pressed?: boolean;
  onClick(): void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <button
      type="button"
      className="column-tool"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={off}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
