import { shallowRef } from 'vue';
import { callApi } from '../api';

export interface Department {
  id: string;
  name: string;
  region?: string | null;
  duties?: string;
}

/** The departments of the deployment, loaded once. */
export const departments = shallowRef<Department[]>([]);

/** @param anew also when they are there already: some were added */
export async function loadDepartments(anew = false): Promise<void> {
  if (departments.value.length > 0 && !anew) return;
  const answer = await callApi<{ departments: Department[] } | Department[]>('/departments');
  departments.value = Array.isArray(answer) ? answer : answer.departments;
}

export function departmentName(id: string | null): string {
  return id === null ? '' : (departments.value.find((d) => d.id === id)?.name ?? id);
}
