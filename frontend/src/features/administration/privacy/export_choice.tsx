/** What goes into an export: which kinds of data, with how much there is of each, and as which files. */
import { Checkbox } from '@mantine/core';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { CATEGORIES } from './map';

export type Category = NonNullable<Schemas['ExportIn']['categories']>[number];
export type Format = NonNullable<Schemas['ExportIn']['formats']>[number];

export interface Choice {
  categories: readonly Category[];
  formats: readonly Format[];
}

export const FORMATS: readonly Format[] = ['ndjson', 'csv'];
export const EVERYTHING: Choice = { categories: CATEGORIES, formats: FORMATS };

/** As the API takes it: all kinds of data are no choice, so that none that comes later is left out. */
export function asked({ categories, formats }: Choice): Pick<Schemas['ExportIn'], 'categories' | 'formats'> {
  return {
    categories: categories.length === CATEGORIES.length ? null : [...categories],
    formats: [...formats],
  };
}

export function ExportChoice({
  choice,
  onChange,
}: {
  choice: Choice;
  onChange(choice: Choice): void;
}): JSX.Element {
  const { t } = useTranslation('privacy');
  const workspace = useWorkspace();
  const map = api.useQuery('get', '/api/v1/{workspace}/administration/privacy/map', {
    params: { path: { workspace: workspace.slug } },
  });
  const held = (category: Category) =>
    map.data?.rows.filter((row) => row.category === category).reduce((sum, row) => sum + row.rows, 0);
  return (
    <>
      <Checkbox.Group
        label={t('export.what')}
        description={t('export.whatText')}
        value={[...choice.categories]}
        onChange={(picked) =>
          onChange({ ...choice, categories: CATEGORIES.filter((category) => picked.includes(category)) })
        }
      >
        <div className="privacy-choice">
          {CATEGORIES.map((category) => {
            const rows = held(category);
            return (
              <Checkbox
                key={category}
                value={category}
                label={t(`category.${category}`)}
                description={rows === undefined ? undefined : t('export.rows', { count: rows })}
              />
            );
          })}
        </div>
      </Checkbox.Group>
      <Checkbox.Group
        label={t('export.formats')}
        value={[...choice.formats]}
        onChange={(picked) =>
          onChange({ ...choice, formats: FORMATS.filter((each) => picked.includes(each)) })
        }
      >
        <div className="privacy-choice">
          {FORMATS.map((each) => (
            <Checkbox key={each} value={each} label={t(`export.format.${each}`)} />
          ))}
        </div>
      </Checkbox.Group>
    </>
  );
}
