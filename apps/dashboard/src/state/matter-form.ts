import type { Trigger } from '@app/domain';
import { fieldOf, instantOfField } from '../instant';
import type { ActionForm } from './action-form';
import type { Department } from './departments';
import { serverNow } from './server-time';
import { TRIGGER_TEXT } from '../wording';

/** What its instant is called, and what is asked for, by what starts the term. */
const ASKED: Partial<Record<Trigger, { title: string; instant: string; hint: string }>> = {
  'policy-published': { title: '文件标题', instant: '印发（公布）时间', hint: '起草部门须在期限内发布解读' },
  'superior-document': { title: '上级文件标题', instant: '上级文件印发时间', hint: '配套制度须在期限内报审' },
  'programme-published': { title: '工作要点标题', instant: '要点公布时间', hint: '实施方案或工作安排须在期限内公开' },
  'congress-closed': { title: '人代会名称', instant: '会议结束时间', hint: '分配使用方案须在期限内公开' },
  'application-received': { title: '申请编号与事由', instant: '收到申请的时间', hint: '只写编号和事由，不写申请人姓名、电话、证件号' },
  'personnel-changed': { title: '调整事项', instant: '作出调整的时间', hint: '只写机构和岗位，不写个人情况' },
};

export function matterForm(trigger: Trigger, departments: Department[]): ActionForm {
  const asked = ASKED[trigger];
  return {
    id: `matter-${trigger}`,
    title: `登记：${TRIGGER_TEXT[trigger]}`,
    submit: '登记并起算',
    path: '/matters',
    explain: `${asked?.hint ?? ''}。期限按启用的规则包计算，登记后写入事项历史，不可修改。`,
    fields: [
      { name: 'title', label: asked?.title ?? '名称', kind: 'line', required: true },
      { name: 'number', label: '文号', kind: 'line' },
      { name: 'triggeredAt', label: asked?.instant ?? '起算时间', kind: 'instant', required: true, initial: fieldOf(serverNow()) },
      {
        name: 'departmentId',
        label: '责任部门',
        kind: 'choice',
        options: [{ value: '', text: '暂不确定（提醒值班员）' }, ...departments.map((d) => ({ value: d.id, text: d.name }))],
      },
      { name: 'url', label: '网址', kind: 'link' },
      { name: 'note', label: '说明', kind: 'lines' },
    ],
    body: (v) => ({
      trigger,
      title: v['title']?.trim(),
      number: v['number']?.trim() ?? '',
      triggeredAt: instantOfField(v['triggeredAt'] ?? ''),
      departmentId: v['departmentId'] || null,
      url: v['url']?.trim() || null,
      note: v['note']?.trim() ?? '',
    }),
  };
}

export function startTermForm(taskId: string, nth: number, text: string): ActionForm {
  return {
    id: `start-term-${taskId}-${nth}`,
    title: '登记起算',
    submit: '起算',
    path: `/ledgers/tasks/${taskId}/start`,
    explain: `“${text}”：填写起算事项（如文件印发）发生的时间，期限随即开始计算。`,
    fields: [{ name: 'triggeredAt', label: '起算时间', kind: 'instant', required: true, initial: fieldOf(serverNow()) }],
    body: (v) => ({ term: nth, triggeredAt: instantOfField(v['triggeredAt'] ?? '') }),
  };
}
