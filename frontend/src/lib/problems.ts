/** What a refused request says to its reader: the words of its code in their language, never the API's English in a French page. */
import { useTranslation } from 'react-i18next';
import { ApiProblem, type FieldProblem } from '~/lib/api';

/** For a code that is newer than these words: what its status says by itself. */
const BY_STATUS: Record<number, string> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media',
  422: 'invalid',
  429: 'too_many',
  503: 'unavailable',
};

export interface Problems {
  /** One sentence about the whole; `otherwise` when nothing came, or nothing better is known. */
  text(error: unknown, otherwise?: string): string;
  /** One sentence about one of many, which was refused while others were not. */
  refusal(refused: { code: string; detail?: string | null }): string;
  /** One sentence about one field. */
  field(fault: Pick<FieldProblem, 'code' | 'message'>): string;
}

export function useProblems(): Problems {
  // The words are fetched beside the page, which does not wait for them: they are needed only when something fails.
  const { t, i18n } = useTranslation('problems', { useSuspense: false });
  const english = i18n.language.startsWith('en');
  const word = (key: string): string => t(key as 'general.other', { defaultValue: '' });
  const field: Problems['field'] = ({ code, message }) =>
    (english && message) || word(`field.${code}`) || word('field.other') || message;
  const refusal: Problems['refusal'] = ({ code, detail }) =>
    word(`code.${code}`) || (english && detail) || word(`general.${code}`);
  return {
    field,
    refusal: (refused) => refusal(refused) || word('general.other') || refused.detail || refused.code,
    text(error, otherwise = '') {
      if (!(error instanceof ApiProblem)) return otherwise || word('general.other');
      if (error.status === 0) return otherwise || word('general.unreachable');
      const [only, ...more] = error.errors;
      return (
        word(`code.${error.code}`) ||
        (only && more.length === 0 && field(only)) ||
        refusal(error) ||
        otherwise ||
        word(`general.${BY_STATUS[error.status] ?? (error.status >= 500 ? 'internal' : 'other')}`) ||
        error.detail
      );
    },
  };
}
