import type { Action } from '@app/domain';
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';
import { loadMe } from './api';
import BoardPage from './pages/board.vue';
import { me } from './state/session';
import { unreachable } from './state/unreachable';

declare module 'vue-router' {
  interface RouteMeta {
    title: string;
    /** Shown without the frame of navigation. */
    bare?: boolean;
    open?: boolean;
    /** Without this right the page says so, instead of a form that would be refused. */
    needs?: Action;
  }
}

const routes: RouteRecordRaw[] = [
  {
    path: '/sign-in',
    name: 'sign-in',
    component: () => import('./pages/sign-in.vue'),
    meta: { title: '登录', bare: true, open: true },
  },
  { path: '/account', name: 'account', component: () => import('./pages/account.vue'), meta: { title: '我的账号' } },
  {
    path: '/password',
    name: 'password',
    component: () => import('./pages/password.vue'),
    meta: { title: '修改密码', bare: true },
  },
  { path: '/', name: 'board', component: BoardPage, meta: { title: '值班台' } },
  {
    path: '/department',
    name: 'department',
    component: () => import('./pages/department.vue'),
    meta: { title: '部门视图' },
  },
  { path: '/wall', name: 'wall', component: () => import('./pages/wall.vue'), meta: { title: '大屏', bare: true } },
  { path: '/handover', name: 'handover', component: () => import('./pages/handover.vue'), meta: { title: '交接班' } },
  { path: '/cases/:id(\\d+)', name: 'case', component: () => import('./pages/case.vue'), meta: { title: '舆情详情' } },
  {
    path: '/clocks/:id(\\d+)/derivation',
    name: 'derivation',
    component: () => import('./pages/derivation.vue'),
    meta: { title: '期限计算书' },
  },
  { path: '/items', name: 'items', component: () => import('./pages/items.vue'), meta: { title: '信息流' } },
  { path: '/review', name: 'review', component: () => import('./pages/review.vue'), meta: { title: '复核队列' } },
  { path: '/quality', name: 'quality', component: () => import('./pages/quality.vue'), meta: { title: '分类质量' } },
  {
    path: '/entry',
    name: 'entry',
    component: () => import('./pages/entry.vue'),
    meta: { title: '手工录入', needs: 'item.enter' },
  },
  {
    path: '/import',
    name: 'item-import',
    component: () => import('./pages/item-import.vue'),
    meta: { title: '导入', needs: 'item.import' },
  },
  { path: '/sources', name: 'sources', component: () => import('./pages/sources.vue'), meta: { title: '来源' } },
  {
    path: '/sources/new',
    name: 'source-new',
    component: () => import('./pages/source-editor.vue'),
    meta: { title: '新增来源', needs: 'source.try' },
  },
  {
    path: '/sources/:name([a-z][a-z0-9-]+)',
    name: 'source',
    component: () => import('./pages/source.vue'),
    meta: { title: '来源' },
  },
  {
    path: '/sources/:name([a-z][a-z0-9-]+)/edit',
    name: 'source-edit',
    component: () => import('./pages/source-editor.vue'),
    meta: { title: '修改来源', needs: 'source.write' },
  },
  { path: '/months/:month?', name: 'month', component: () => import('./pages/month.vue'), meta: { title: '月报' } },
  { path: '/matters', name: 'matters', component: () => import('./pages/matters.vue'), meta: { title: '承诺事项' } },
  { path: '/ledgers', name: 'ledgers', component: () => import('./pages/ledgers.vue'), meta: { title: '任务台账' } },
  {
    path: '/ledgers/:id(\\d+)',
    name: 'ledger',
    component: () => import('./pages/ledger.vue'),
    meta: { title: '任务台账' },
  },
  {
    path: '/site-findings',
    name: 'site-findings',
    component: () => import('./pages/site-findings.vue'),
    meta: { title: '网站检查' },
  },
  { path: '/reports', name: 'reports', component: () => import('./pages/reports.vue'), meta: { title: '报告' } },
  {
    path: '/assessment',
    name: 'assessment',
    component: () => import('./pages/assessment.vue'),
    meta: { title: '考评' },
  },
  {
    path: '/accountability',
    name: 'accountability',
    component: () => import('./pages/accountability.vue'),
    meta: { title: '问责文书' },
  },
  { path: '/backtest', name: 'backtest', component: () => import('./pages/backtest.vue'), meta: { title: '回测' } },
  {
    path: '/cases/:id(\\d+)/effect',
    name: 'effect',
    component: () => import('./pages/effect.vue'),
    meta: { title: '效果评估' },
  },
  { path: '/rules', name: 'rules', component: () => import('./pages/rules.vue'), meta: { title: '规则' } },
  { path: '/roster', name: 'roster', component: () => import('./pages/roster.vue'), meta: { title: '值班表' } },
  {
    path: '/users',
    name: 'users',
    component: () => import('./pages/users.vue'),
    meta: { title: '用户与部门', needs: 'department.read' },
  },
  {
    path: '/audit',
    name: 'audit',
    component: () => import('./pages/audit.vue'),
    meta: { title: '审计', needs: 'audit.read' },
  },
  { path: '/channels', name: 'channels', component: () => import('./pages/channels.vue'), meta: { title: '预警渠道' } },
  { path: '/status', name: 'status', component: () => import('./pages/status.vue'), meta: { title: '系统状态' } },
  { path: '/manual', name: 'manual', component: () => import('./pages/manual.vue'), meta: { title: '使用手册' } },
  {
    path: '/:rest(.*)*',
    name: 'not-found',
    component: () => import('./pages/not-found.vue'),
    meta: { title: '没有这个页面' },
  },
];

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, _from, saved) => saved ?? (to.hash ? { el: to.hash } : { top: 0 }),
});

router.beforeEach(async (to) => {
  if (!me.value && !to.meta.open) {
    try {
      await loadMe();
    } catch {
      return { name: 'sign-in', query: { to: to.fullPath, offline: '1' } };
    }
    if (!me.value) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } };
  }
  if (me.value?.mustChangePassword && to.name !== 'password' && to.name !== 'sign-in')
    return { name: 'password', query: { to: to.fullPath } };
  return true;
});

router.afterEach((to, _from, failure) => {
  if (!failure) unreachable.value = '';
  document.title = `${to.meta.title} · 回应`;
});

// A new version was deployed under an open tab: its old chunks are gone, so load the page anew. Only when the server
// answers: without it the browser's own error page would take the place of everything that stands here.
router.onError(async (error, to) => {
  if (!/dynamically imported module|Importing a module script failed|preload/i.test(String(error))) return;
  const there = await fetch('/health/live', { cache: 'no-store', signal: AbortSignal.timeout(5000) }).then(
    (r) => r.ok,
    () => false,
  );
  if (there) location.assign(to.fullPath);
  else
    unreachable.value = `连接不上服务器，「${to.meta.title}」暂时打不开；当前页面和已填写的内容都在，恢复后再点一次。`;
});
