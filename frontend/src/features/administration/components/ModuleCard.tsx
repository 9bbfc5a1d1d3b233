/** One module family: on or off, what it needs from Amazon, what it stores, who may use it. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Tag } from '~/ui/Status';
import { Notice } from '~/ui/states';

export function ModuleCard({
  module,
  onSwitch,
}: {
  module: Schemas['ModuleCard'];
  onSwitch(): void;
}): JSX.Element {
  const { t } = useTranslation(['modules', 'common', 'administration']);
  const name = t(`common:family.${module.name}`, { defaultValue: module.title });
  return (
    <section className="card module-card" aria-label={name}>
      <div className="module-head">
        <h2>{name}</h2>
        <Tag tone={module.enabled ? 'positive' : 'neutral'}>{t(module.enabled ? 'on' : 'off')}</Tag>
        {module.can_switch ? (
          <Button onClick={onSwitch} aria-label={t(module.enabled ? 'switchOff' : 'switchOn', { name })}>
            {t(module.enabled ? 'off_action' : 'on_action')}
          </Button>
        ) : (
          <span className="label">{t('always')}</span>
        )}
      </div>
      <p className="label">{t(`about.${module.name}`, { defaultValue: '' })}</p>
      {module.needs_consent.length > 0 && module.enabled ? (
        <Notice tone="caution">{t('needsConsent', { count: module.needs_consent.length })}</Notice>
      ) : null}
      <dl>
        <div>
          <dt>{t('needs')}</dt>
          <dd>
            {module.operations.length === 0 ? (
              t('needsNothing')
            ) : (
              <>
                {module.roles.join(', ')}
                <details>
                  <summary className="label">{t('operations', { count: module.operations.length })}</summary>
                  <ul className="bullets">
                    {module.operations.map((operation) => (
                      <li key={operation}>
                        {t(`administration:permissions.operation.${operation}.why`, {
                          defaultValue: operation,
                        })}{' '}
                        <span className="label mono">{operation}</span>
                      </li>
                    ))}
                  </ul>
                </details>
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>{t('stores')}</dt>
          <dd>
            <details>
              <summary>{t('tables', { count: module.stores.length })}</summary>
              <ul className="bullets">
                {module.stores.map((table) => (
                  <li key={table.name}>
                    <span className="mono">{table.name}</span> <span className="label">{table.purpose}</span>
                  </li>
                ))}
              </ul>
            </details>
          </dd>
        </div>
        <div>
          <dt>{t('users')}</dt>
          <dd>
            <details>
              <summary>{t('people', { count: module.users.length })}</summary>
              <ul className="bullets">
                {module.users.map((user) => (
                  <li key={`${user.name}/${user.role}`}>
                    {user.name}{' '}
                    <span className="label">
                      {t(`common:role.${user.role}`, { defaultValue: user.role })}
                    </span>
                  </li>
                ))}
              </ul>
            </details>
          </dd>
        </div>
      </dl>
    </section>
  );
}
