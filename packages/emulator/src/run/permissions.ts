import { permissionDenied } from '../grpc/status.ts';
import type { Location } from './names.ts';

export type Permissions = {
  /** Refuses unless the caller may do that in the project that the resource lies in. */
  authorize(permission: string, location: Location, resource: string): void;
  /** Deploying needs the right to act as the account that the revision runs as. */
  authorizeActAs(account: string): void;
  isDenied(permission: string): boolean;
};

export function createPermissions(project: string, deny: string[]): Permissions {
  const isDenied = (permission: string) => deny.includes(permission);
  return {
    isDenied,
    authorize: (permission, location, resource) => {
      if (location.project !== project || isDenied(permission)) {
        throw permissionDenied(
          `Permission '${permission}' denied on resource '${resource}' (or resource may not exist).`,
        );
      }
    },
    authorizeActAs: (account) => {
      if (isDenied('iam.serviceAccounts.actAs')) {
        throw permissionDenied(
          `Permission 'iam.serviceaccounts.actAs' denied on service account ${account} (or it may not exist).`,
        );
      }
    },
  };
}
