/** A new key: its name, what it may do, which part of the data it sees, from where, and until when. */
import { Checkbox, MultiSelect, Select, TagsInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';

const DAYS = [30, 90, 180, 365];
type Part = 'marketplaces' | 'vendor_codes' | 'brands';

export function KeyForm({
  list,
  onClose,
  onMade,
}: {
  list: Schemas['KeyList'];
  onClose(): void;
  onMade(made: Schemas['KeyMade']): void;
}): JSX.Element {
  const { t } = useTranslation(['integrations', 'common']);
  const problems = useProblems();
  const workspace = useWorkspace();
  const format = useFormats();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>([]);
  const [parts, setParts] = useState<Record<Part, string[]>>({
    marketplaces: [],
    vendor_codes: [],
    brands: [],
  });
  const [networks, setNetworks] = useState<string[]>([]);
  const [days, setDays] = useState(list.days);
  const create = useMutation({
    mutationFn: async () => {
      const chosen = Object.fromEntries(Object.entries(parts).filter(([, names]) => names.length > 0));
      const answer = await client.POST('/api/v1/{workspace}/administration/api-keys', {
        params: { path: { workspace: workspace.slug } },
        body: {
          name: name.trim(),
          scopes,
          scope: Object.keys(chosen).length > 0 ? chosen : null,
          allowed_cidrs: networks,
          days,
        },
      });
      return answer.data;
    },
    onSuccess: (made) => {
      if (made) onMade(made);
    },
  });
  const problem = create.error instanceof ApiProblem ? create.error : null;
  const wrong = (pointer: string) => {
    const fault = problem?.errors.find((each) => each.pointer.startsWith(pointer));
    return fault && problems.field(fault);
  };
  const missing = !name.trim() ? t('form.needsName') : scopes.length === 0 ? t('form.needsScope') : null;
  const modules = [...new Set(list.offered.map((each) => each.module))];
  const choices: Record<Part, { value: string; label: string }[]> = {
    marketplaces: list.choices.marketplaces.map((each) => ({
      value: each.id,
      label: format.country(each.country),
    })),
    vendor_codes: [...new Set(list.choices.vendor_codes.map((each) => each.code))].map((code) => ({
      value: code,
      label: code,
    })),
    brands: list.choices.brands.map((brand) => ({ value: brand, label: brand })),
  };
  return (
    <Dialog
      title={t('create.title')}
      opened
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button primary reason={missing} busy={create.isPending} onClick={() => create.mutate()}>
            {t('create.action')}
          </Button>
        </>
      }
    >
      {create.isError ? (
        <Notice tone="critical">{problems.text(create.error, t('form.failed'))}</Notice>
      ) : null}
      <TextInput
        label={t('form.name')}
        description={t('form.nameHint')}
        value={name}
        maxLength={80}
        error={wrong('/name')}
        data-autofocus
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <fieldset className="scope-picker">
        <legend>{t('form.scopes')}</legend>
        {modules.map((module) => (
          <Checkbox.Group
            key={module}
            label={t(`module.${module}`)}
            value={scopes}
            onChange={setScopes}
            error={wrong('/scopes')}
          >
            {list.offered
              .filter((each) => each.module === module)
              .map((each) => (
                <Checkbox
                  key={each.permission}
                  value={each.permission}
                  disabled={!each.held}
                  label={
                    <>
                      {t(`scope.${each.permission.replace('.', '_')}`)}{' '}
                      <span className="mono quiet">{each.permission}</span>
                    </>
                  }
                  description={each.held ? undefined : t('form.notHeld')}
                />
              ))}
          </Checkbox.Group>
        ))}
      </fieldset>
      {(['marketplaces', 'vendor_codes', 'brands'] as const).map((part) => (
        <MultiSelect
          key={part}
          label={t(`form.${part}`)}
          placeholder={parts[part].length === 0 ? t('form.all') : undefined}
          data={choices[part]}
          value={parts[part]}
          searchable
          clearable
          error={wrong(`/scope/${part}`)}
          nothingFoundMessage={t('form.nothing')}
          onChange={(names) => setParts((before) => ({ ...before, [part]: names }))}
        />
      ))}
      <TagsInput
        label={t('form.networks')}
        description={t('form.networksHint')}
        placeholder={networks.length === 0 ? t('form.anywhere') : undefined}
        value={networks}
        error={wrong('/allowed_cidrs')}
        onChange={setNetworks}
      />
      <Select
        label={t('form.days')}
        value={String(days)}
        allowDeselect={false}
        data={DAYS.map((each) => ({ value: String(each), label: t('form.daysOf', { count: each }) }))}
        onChange={(value) => setDays(Number(value ?? list.days))}
      />
      <p className="quiet">{t('form.never')}</p>
    </Dialog>
  );
}
