import { createFileRoute } from '@tanstack/react-router';
import { SignIn } from '~/features/access/sign_in';
import { search, text } from '~/lib/schema';

export const Route = createFileRoute('/sign-in')({
  validateSearch: search({
    // A path of our own pages, never an address: `//host` and `/\host` would leave the site.
    next: text(/^\/(?![/\\])/),
    /** Why a company sign-in ended here. */
    sso: text(/^[a-z_]{1,20}$/),
  }),
  component: function SignInRoute() {
    const { next, sso } = Route.useSearch();
    return <SignIn next={next} refused={sso} />;
  },
});
