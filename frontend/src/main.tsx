/** Starts the page: words first, so that nothing is drawn in the wrong language, then the router. */
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@mantine/core/styles.layer.css';
import '@mantine/spotlight/styles.layer.css';
import '~/styles/tokens.css';
import '~/styles/base.css';
import '~/styles/list.css';
import '~/styles/plain.css';
import '~/styles/print.css';
import '~/styles/mantine.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '~/app/App';
import { reloadOnMissingPart } from '~/app/missing_part';
import { startI18n } from '~/lib/i18n';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

reloadOnMissingPart();
startI18n().then(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
