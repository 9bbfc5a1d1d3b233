/** Sentences in another language than the reader's: for a text that is copied and sent to somebody. */
import { useContext } from 'react';
import { useTranslation } from 'react-i18next';
import { intlLocale } from '~/lib/format';
import { LANGUAGES, type Language } from '~/lib/i18n';
import { makeFormats, StyleContext, ZoneContext } from '~/lib/locale';
import { type MessageRef, renderMessage } from '~/lib/messages';

type Words = (key: string, options?: Record<string, unknown>) => string;

export interface Speech {
  words: Words;
  say(message: MessageRef): string;
}

const NEEDED = ['common', 'trace', 'status', 'supply'];

export function useSpeech(): { own: Language; of(language: Language): Promise<Speech> } {
  const { i18n } = useTranslation();
  const zone = useContext(ZoneContext);
  const style = useContext(StyleContext);
  const own = LANGUAGES.find((language) => i18n.language.startsWith(language)) ?? 'en';
  return {
    own,
    of: async (language) => {
      await i18n.loadLanguages(language);
      await i18n.loadNamespaces(NEEDED);
      const words = i18n.getFixedT(language, NEEDED) as unknown as Words;
      const locale = language === own && style ? style : intlLocale(language);
      const format = makeFormats(locale, zone, Date.now());
      return { words, say: (message) => renderMessage(message, format, words) };
    },
  };
}
