/** At the foot of the rail: which workspace this tab works in, the others, and the page that shows them side by side. */
import { Menu } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '~/lib/session';

export function WorkspaceSwitcher(): JSX.Element {
  const { t } = useTranslation();
  const { me, workspace } = useSession();
  const navigate = useNavigate();
  return (
    <Menu position="right-end" width={240}>
      <Menu.Target>
        <button
          type="button"
          className="rail-workspace label"
          title={workspace.name}
          aria-label={`${workspace.name}: ${t('shell.switch')}`}
        >
          {workspace.name}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {me.workspaces.map((other) => (
          <Menu.Item
            key={other.slug}
            aria-current={other.slug === workspace.slug}
            onClick={() => void navigate({ to: '/$workspace', params: { workspace: other.slug } })}
          >
            {other.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void navigate({ to: '/workspaces' })}>{t('shell.allWorkspaces')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
