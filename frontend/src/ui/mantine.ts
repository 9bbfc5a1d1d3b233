/** The look of Mantine's parts in this product: its tokens, radii and motion instead of the library's own. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/** Cobalt; Mantine asks for ten shades, and the semantic tokens below decide what is seen. */
const cobalt: MantineColorsTuple = [
  '#e9edfb',
  '#cfd8f6',
  '#a9b9ef',
  '#8fa6ff',
  '#6d86e6',
  '#4a66da',
  '#2446c8',
  '#1f3cab',
  '#19318c',
  '#12256b',
];

export const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--font-mono)',
  colors: { cobalt },
  primaryColor: 'cobalt',
  primaryShade: { light: 6, dark: 3 },
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '11px', sm: '13px', md: '13px', lg: '15px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '18px', md: '18px', lg: '22px', xl: '28px' },
  components: {
    Modal: { defaultProps: { radius: 10, padding: 18, overlayProps: { color: 'transparent' } } },
    Tooltip: { defaultProps: { openDelay: 200, transitionProps: { duration: 120 }, radius: 6 } },
    Popover: { defaultProps: { transitionProps: { duration: 120 }, radius: 10, shadow: 'md' } },
    Menu: { defaultProps: { transitionProps: { duration: 120 }, radius: 10, shadow: 'md' } },
  },
});

export const variables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--canvas)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-3)',
    '--mantine-color-placeholder': 'var(--ink-3)',
    '--mantine-color-error': 'var(--critical)',
    '--mantine-color-anchor': 'var(--accent)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--inset)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-border': 'var(--line-control)',
    '--mantine-color-disabled': 'var(--inset)',
    '--mantine-color-disabled-color': 'var(--ink-3)',
    '--mantine-primary-color-filled': 'var(--accent)',
    '--mantine-shadow-md': 'var(--float-shadow)',
    '--mantine-shadow-xl': 'var(--float-shadow)',
  };
  return { variables: {}, light: shared, dark: shared };
};
