/** Connecting through the customer's own private application at Amazon: its three credentials go in once and are never shown. */
import { Checkbox, Input, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { DayField } from '~/ui/DayField';
import { Notice } from '~/ui/states';
import { useUnread } from '~/ui/unread';

const TEXTS = ['name', 'selling_partner_id', 'application_id', 'client_id'] as const;
const SECRETS = ['client_secret', 'refresh_token'] as const;
const ROLES = [
  'Inventory and Order Tracking',
  'Amazon Fulfillment',
  'Finance and Accounting',
  'Brand Analytics',
  'Product Listing',
  'Tax Invoicing',
];
type Name = (typeof TEXTS)[number] | (typeof SECRETS)[number];

export function PrivateAppForm({ onDone }: { onDone(): void }): JSX.Element {
  const { t } = useTranslation(['administration', 'common']);
  const problems = useProblems();
  const workspace = useWorkspace();
  const format = useFormats();
  const queryClient = useQueryClient();
  const denied = useDenied('connection.manage');
  const path = { workspace: workspace.slug };
  const marketplaces = api.useQuery('get', '/api/v1/{workspace}/administration/marketplaces', {
    params: { path },
  });
  const [values, setValues] = useState<Partial<Record<Name, string>>>({});
  const [marketplace, setMarketplace] = useState<string | null>(null);
  const [roles, setRoles] = useState<string[]>(['Inventory and Order Tracking']);
  const [authorizedOn, setAuthorizedOn] = useState('');
  const unread = useUnread();
  const markets = (marketplaces.data?.rows ?? []).filter((row) => row.available);
  const chosen =
    marketplace ?? markets.find((row) => row.country === workspace.country)?.id ?? markets[0]?.id ?? null;
  const connect = useMutation({
    mutationFn: async () => {
      await client.POST('/api/v1/{workspace}/administration/connections/private-applications', {
        params: { path },
        body: {
          marketplace_id: chosen ?? '',
          name: values.name ?? '',
          selling_partner_id: values.selling_partner_id ?? '',
          application_id: values.application_id ?? '',
          client_id: values.client_id ?? '',
          client_secret: values.client_secret ?? '',
          refresh_token: values.refresh_token ?? '',
          roles,
          authorized_on: authorizedOn || null,
        },
      });
    },
    onSuccess: async () => {
      setValues({});
      onDone();
      await queryClient.invalidateQueries();
    },
  });
  const problem = connect.error instanceof ApiProblem ? connect.error : null;
  const wrong = (name: string) => {
    const fault = problem?.errors.find((each) => each.pointer === `/${name}`);
    return fault && problems.field(fault);
  };
  const missing = [...TEXTS, ...SECRETS].some((name) => !values[name]?.trim()) || roles.length === 0;
  const change = (name: Name) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setValues((before) => ({ ...before, [name]: value }));
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!missing && !denied) connect.mutate();
      }}
    >
      <p>{t('private.text')}</p>
      <ul className="bullets">
        <li>{t('private.sealed')}</li>
        <li>{t('private.probed')}</li>
        <li>{t('private.noAmazonLogin')}</li>
      </ul>
      {connect.isError ? (
        <Notice tone="critical">{t('private.failed', { detail: problems.text(problem) })}</Notice>
      ) : null}
      <Select
        label={t('private.marketplace')}
        value={chosen}
        allowDeselect={false}
        data={markets.map((row) => ({ value: row.id, label: format.country(row.country) }))}
        onChange={setMarketplace}
      />
      {TEXTS.map((name) => (
        <TextInput
          key={name}
          label={t(`private.field.${name}`)}
          description={t(`private.hint.${name}`)}
          value={values[name] ?? ''}
          error={wrong(name)}
          autoComplete="off"
          spellCheck={false}
          onChange={change(name)}
        />
      ))}
      {SECRETS.map((name) => (
        <PasswordInput
          key={name}
          label={t(`private.field.${name}`)}
          description={t(`private.hint.${name}`)}
          value={values[name] ?? ''}
          error={wrong(name)}
          autoComplete="off"
          onChange={change(name)}
        />
      ))}
      <Checkbox.Group
        label={t('private.field.roles')}
        description={t('private.hint.roles')}
        value={roles}
        onChange={setRoles}
        error={wrong('roles')}
      >
        <div className="choice-list form-note">
          {ROLES.map((role) => (
            <Checkbox key={role} value={role} label={role} />
          ))}
        </div>
      </Checkbox.Group>
      <Input.Wrapper
        className="form-moment"
        labelElement="div"
        label={t('private.field.authorized_on')}
        description={t('private.hint.authorized_on')}
        error={wrong('authorized_on')}
      >
        <DayField
          label={t('private.field.authorized_on')}
          value={authorizedOn}
          onChange={setAuthorizedOn}
          onUnread={unread.at('authorized_on')}
        />
      </Input.Wrapper>
      <div className="cluster">
        <Button
          type="submit"
          primary
          busy={connect.isPending}
          reason={denied ?? (unread.any ? t('common:day.unread') : missing ? t('private.missing') : null)}
        >
          {t('private.submit')}
        </Button>
      </div>
    </form>
  );
}
