/** A table of goods: the product, and figures of it at the right. */
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export function Goods({ figures, children }: { figures: string[]; children: ReactNode }): JSX.Element {
  const { t } = useTranslation('shipments');
  return (
    <div className="shipments-scroll">
      <table className="shipments-table">
        <thead>
          <tr>
            <th>{t('lines.product')}</th>
            {figures.map((name) => (
              <th key={name} className="num">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
