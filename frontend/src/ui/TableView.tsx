/** The numbers of a chart as a table, on request: for who reads rather than looks, and for the keyboard. */
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './TableView.css';

export function TableView({
  caption,
  heads,
  rows,
}: {
  caption: string;
  /** The first names the rows; the others stand over numbers. */
  heads: string[];
  rows: { key: string; cells: ReactNode[] }[];
}): JSX.Element | null {
  const { t } = useTranslation();
  if (rows.length === 0) return null;
  return (
    <details className="table-view">
      <summary>{t('action.asTable')}</summary>
      <div className="table-view-frame">
        <table>
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {heads.map((head, index) => (
                <th key={head} scope="col" className={index > 0 ? 'num' : undefined}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, cells }) => (
              <tr key={key}>
                {cells.map((cell, index) =>
                  index === 0 ? (
                    <th key={heads[index]} scope="row">
                      {cell}
                    </th>
                  ) : (
                    <td key={heads[index]} className="num">
                      {cell}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
