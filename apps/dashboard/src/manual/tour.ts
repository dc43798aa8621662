import type { Role } from '@app/domain';

/** The first look round: four places at most, each a sentence or two. */
export interface TourStop {
  title: string;
  text: string;
}

const CONNECTION: TourStop = { title: '右上角的连接状态', text: '「已连接」表示实时更新正常。断线时倒计时照走，恢复后自动补收漏掉的预警。铃铛里可打开声音和桌面通知。' };
const MANUAL: TourStop = { title: '使用手册随时可看', text: '左侧菜单最下方（手机在「更多」里）有按岗位编写的使用手册。右上角姓名菜单里可开「关怀版（大字）」。' };

const STOPS: Partial<Record<Role, readonly TourStop[]>> = {
  duty_officer: [
    { title: '值班台就是工作单', text: '最急的排在最前：重大突发、超期、最近的期限。左边的时间是离最迟时刻还有多久，按服务器时间每秒更新。' },
    { title: '不用鼠标也行', text: 'j、k 选事件，s 签收，a 交办，e 登记回应，? 看全部按键。' },
    { title: '下班前交班', text: '「交接班」写一句话，在办事件自动附上；下一班确认后留有接班时间。' },
    CONNECTION,
    MANUAL,
  ],
  department_contact: [
    { title: '先看「部门视图」', text: '交办给本部门的事件都在这里：先签收，再在期限内回应，可附文件。手机上同样好用。' },
    CONNECTION,
    MANUAL,
  ],
  leader: [
    { title: '三个页面', text: '「值班台」看现在最急的，「月报」看按期率和各部门情况，「大屏」看总览。月报里的每个数都能点开。' },
    CONNECTION,
    MANUAL,
  ],
  administrator: [
    { title: '先做三件事', text: '在「用户与部门」建账号，在「值班表」排班，在「来源」确认抓取正常。演示数据标有「演示」，可在设置中关闭。' },
    CONNECTION,
    MANUAL,
  ],
  auditor: [{ title: '只看不改', text: '您能看到全部记录。「审计」页核对操作记录是否完整，「月报」的每个数都能追到事件。' }, MANUAL],
};

export function tourFor(role: Role): readonly TourStop[] {
  return STOPS[role === 'department_head' ? 'department_contact' : role] ?? [MANUAL];
}
