/** Module by module: what is asked of Amazon, why, what is read and what is written, and what is never asked. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { intlLocale } from '~/lib/format';
import { useWorkspace } from '~/lib/session';
import { Age } from '~/ui/Clock';
import { FailedState, SkeletonCard } from '~/ui/states';

type Permissions = Schemas['PermissionSheet'];

export function PermissionTable(): JSX.Element {
  const { t } = useTranslation('administration');
  const workspace = useWorkspace();
  const permissions = api.useQuery('get', '/api/v1/{workspace}/administration/permissions', {
    params: { path: { workspace: workspace.slug } },
  });
  if (permissions.isError) {
    return (
      <FailedState
        what={t('permissions.title')}
        error={permissions.error}
        onRetry={() => void permissions.refetch()}
        compact
      />
    );
  }
  if (!permissions.data) return <SkeletonCard lines={5} />;
  return (
    <section className="card flush" aria-label={t('permissions.title')}>
      <div className="head">
        <h2>{t('permissions.title')}</h2>
        <small>{t('permissions.note')}</small>
        <a
          className="button button-plain"
          href={`/api/v1/${workspace.slug}/administration/permissions.pdf`}
          download="oktee-amazon-permissions.pdf"
        >
          {t('permissions.pdf')}
        </a>
      </div>
      <PermissionRows permissions={permissions.data} used />
    </section>
  );
}

export function PermissionRows({
  permissions,
  used = false,
}: {
  permissions: Permissions;
  used?: boolean;
}): JSX.Element {
  const { t, i18n } = useTranslation(['administration', 'common', 'trace']);
  // Amazon opens an operation to each of its roles: one of them is enough.
  const either = new Intl.ListFormat(intlLocale(i18n.language), { type: 'disjunction' });
  const modules = permissions.modules.filter((module) => module.enabled);
  return (
    <>
      <div className="table-scroll">
        <table className="plain-table stacks">
          <thead>
            <tr>
              <th>{t('permissions.module')}</th>
              <th>{t('permissions.why')}</th>
              <th>{t('permissions.reads')}</th>
              <th>{t('permissions.writes')}</th>
              <th>{t('permissions.role')}</th>
              {used ? <th className="num">{t('permissions.used')}</th> : null}
            </tr>
          </thead>
          <tbody>
            {modules.flatMap((module) =>
              module.operations.map((operation, index) => (
                <tr key={`${module.name}-${operation.operation}`}>
                  <td className="strong">
                    {index === 0 ? t(`common:family.${module.name}`, { defaultValue: module.title }) : ''}
                  </td>
                  <td>
                    {t(`permissions.operation.${operation.operation}.why`, { defaultValue: operation.why })}
                    <br />
                    <span className="label mono">{operation.operation}</span>
                  </td>
                  <td data-name={t('permissions.reads')}>
                    {operation.writes
                      ? '–'
                      : t(`permissions.operation.${operation.operation}.reads`, {
                          defaultValue: operation.reads || '–',
                        })}
                  </td>
                  <td data-name={t('permissions.writes')}>
                    {operation.writes
                      ? t(`permissions.operation.${operation.operation}.writes`, {
                          defaultValue: operation.reads || t('permissions.writesYes'),
                        })
                      : '–'}
                  </td>
                  <td data-name={t('permissions.role')}>{either.format(operation.roles) || '–'}</td>
                  {used ? (
                    <td className="num one-line" data-name={t('permissions.used')}>
                      <Age at={operation.last_used_at} />
                    </td>
                  ) : null}
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
      {permissions.never.length > 0 ? (
        <div className="permissions-never">
          <p className="strong">{t('permissions.never')}</p>
          <ul className="bullets">
            {permissions.never.map((never) => (
              <li key={never.id}>{t(`trace:${never.id}`)}</li>
            ))}
          </ul>
        </div>
      ) : null}
    </>
  );
}
