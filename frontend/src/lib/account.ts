/** What a person does with their own account from any page: sign out, choose a language. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { client, setCsrfToken } from '~/lib/api';
import { forgetDrafts } from '~/lib/drafts';
import { changeLanguage, type Language } from '~/lib/i18n';
import { forgetList } from '~/lib/list_memory';

export function useSignOut(): () => void {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => client.DELETE('/api/v1/session'),
    onSettled: async () => {
      setCsrfToken(null);
      await navigate({ to: '/sign-in', search: {} });
      queryClient.clear();
      forgetList();
      forgetDrafts();
    },
  });
  return () => signOut.mutate();
}

export function useChangeLanguage(): (language: Language) => void {
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: (locale: Language) => client.PATCH('/api/v1/me', { body: { locale } }),
    // Some of what the API says is written in the reader's language.
    onSuccess: () => queryClient.invalidateQueries(),
  });
  return (language: Language) => {
    void changeLanguage(language);
    save.mutate(language);
  };
}
