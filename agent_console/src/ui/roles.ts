import type { User } from "../api/types";

export function oversees(user: User): boolean {
  return user.roles.includes("supervisor") || user.roles.includes("administrator");
}

export function administers(user: User): boolean {
  return user.roles.includes("administrator");
}
