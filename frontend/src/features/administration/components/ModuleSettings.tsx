/** The settings of one module, as the workspace's own people change them. */
import type { JSX } from 'react';
import { api, client } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { SettingsCard } from '~/ui/SettingsCard';

export function ModuleSettings({ module, title }: { module: string; title: string }): JSX.Element {
  const params = { path: { workspace: useWorkspace().slug, module } };
  const form = api.useQuery('get', '/api/v1/{workspace}/administration/settings/{module}', { params });
  return (
    <SettingsCard
      title={title}
      query={form}
      put={(body) => client.PUT('/api/v1/{workspace}/administration/settings/{module}', { params, body })}
    />
  );
}
