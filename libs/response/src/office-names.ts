import type { Office } from '@app/domain';

export const OFFICE_NAMES: Record<Office, string> = {
  duty_officer: '值班员',
  department_contact: '部门联络员',
  department_head: '部门负责人',
  deputy_leader: '分管领导',
  leader: '主要领导',
};
