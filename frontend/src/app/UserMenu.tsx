/** Who is signed in: workspace, language, theme, keys, sign-out. */
import { Menu, useMantineColorScheme } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeLanguage, useSignOut } from '~/lib/account';
import { LANGUAGE_NAMES, LANGUAGES } from '~/lib/i18n';
import { useSession } from '~/lib/session';

function initials(name: string): string {
  return name
    .split(/\s+/)
    .map((word) => word[0] ?? '')
    .join('')
    .slice(0, 2)
    .toUpperCase();
}

export function UserMenu({ onKeys }: { onKeys(): void }): JSX.Element {
  const { t, i18n } = useTranslation();
  const { me, workspace } = useSession();
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const speak = useChangeLanguage();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className="avatar" aria-label={t('shell.account', { name: me.user.name })}>
          {initials(me.user.name)}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.user.name} ·{' '}
          {workspace.role_name ?? t(`role.${workspace.role}`, { defaultValue: workspace.role })}
        </Menu.Label>
        <Menu.Item
          onClick={() =>
            void navigate({
              to: '/$workspace/administration/profile',
              params: { workspace: workspace.slug },
            })
          }
        >
          {t('page.profile')}
        </Menu.Item>
        <Menu.Item onClick={() => void navigate({ to: '/workspaces' })}>{t('shell.allWorkspaces')}</Menu.Item>
        <Menu.Item onClick={onKeys}>{t('keys.title')}</Menu.Item>
        {me.workspaces.length > 1 ? (
          <>
            <Menu.Divider />
            <Menu.Label>{t('shell.workspaces')}</Menu.Label>
            {me.workspaces.map((other) => (
              <Menu.Item
                key={other.slug}
                aria-current={other.slug === workspace.slug}
                onClick={() => void navigate({ to: '/$workspace', params: { workspace: other.slug } })}
              >
                {other.name}
              </Menu.Item>
            ))}
          </>
        ) : null}
        <Menu.Divider />
        <Menu.Label>{t('profile.language')}</Menu.Label>
        {LANGUAGES.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            aria-current={i18n.language === language}
            onClick={() => speak(language)}
          >
            {LANGUAGE_NAMES[language]}
          </Menu.Item>
        ))}
        <Menu.Label>{t('profile.theme')}</Menu.Label>
        {(['auto', 'light', 'dark'] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            aria-current={colorScheme === scheme}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`theme.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={signOut}>{t('action.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
