/** Asking people in: a list of addresses, one role and scope for all of them. */
import { Drawer, Select, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { LANGUAGE_NAMES, LANGUAGES, type Language } from '~/lib/i18n';
import { useLayer } from '~/lib/keys';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { type Access, AccessFields } from './AccessFields';
import { type PeopleList, useWords } from './words';

export function InviteDrawer({
  people,
  opened,
  onClose,
  onDone,
}: {
  people: PeopleList;
  opened: boolean;
  onClose(): void;
  onDone(words: string): void;
}): JSX.Element {
  const { t, i18n } = useTranslation(['people', 'common']);
  useLayer(opened, onClose);
  const workspace = useWorkspace();
  const words = useWords();
  const [typed, setTyped] = useState('');
  const [locale, setLocale] = useState<Language>(i18n.language as Language);
  const [access, setAccess] = useState<Access>({ role: 'analyst', scope: null });
  const [left, setLeft] = useState(false);
  const { emails, others } = addressesIn(typed);
  const notAddresses = others.length > 0 ? t('invite.notAddress', { words: others.join(', ') }) : null;
  const invite = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/{workspace}/administration/invitations', {
        params: { path: { workspace: workspace.slug } },
        body: { ...access, emails, locale },
      });
      return words.result(data ?? { results: [] }, t('invite.done', { count: emails.length }));
    },
    onSuccess: (said) => {
      setTyped('');
      onClose();
      onDone(said);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (emails.length > 0 && !notAddresses) invite.mutate();
  };
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      closeOnEscape={false}
      size={460}
      title={t('invite.title', { workspace: workspace.name })}
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
    >
      <form className="people-form" onSubmit={submit} noValidate>
        {invite.isError ? <Notice tone="critical">{words.problem(invite.error)}</Notice> : null}
        <Textarea
          label={t('invite.emails')}
          description={t('invite.emailsText')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={() => setLeft(true)}
          onFocus={() => setLeft(false)}
          error={left ? notAddresses : null}
          rows={4}
          autoComplete="off"
          data-autofocus
        />
        <AccessFields people={people} value={access} onChange={setAccess} />
        <Select
          label={t('invite.language')}
          data={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
          value={locale}
          onChange={(language) => language && setLocale(language as Language)}
          allowDeselect={false}
        />
        <p className="label">{t('invite.text')}</p>
        <Button
          primary
          type="submit"
          busy={invite.isPending}
          reason={notAddresses ?? (emails.length === 0 ? t('invite.missing') : null)}
        >
          {t('invite.send', { count: emails.length })}
        </Button>
      </form>
    </Drawer>
  );
}

/** The addresses of a typed or pasted list, each once; of `Name <address>` the address alone. What is neither is named. */
export function addressesIn(typed: string): { emails: string[]; others: string[] } {
  const words = typed.split(/[,;\n]+/).flatMap((piece) => {
    const bracketed = [...piece.matchAll(/<([^<>]*)>/g)].map((match) => match[1] ?? '');
    return bracketed.length > 0 ? bracketed : piece.split(/\s+/);
  });
  const known = [...new Set(words.map((word) => word.trim()).filter((word) => word !== ''))];
  return {
    emails: known.filter((word) => word.includes('@')),
    others: known.filter((word) => !word.includes('@')),
  };
}
