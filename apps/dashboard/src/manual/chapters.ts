import type { Role } from '@app/domain';

/** One chapter of the manual: what to do, step by step, beside a picture of the real page (`npm run pictures`). */
export interface Chapter {
  id: string;
  title: string;
  /** Whose work it is; empty: everybody's. */
  roles: readonly Role[];
  about: string;
  steps: readonly string[];
  picture?: { file: string; alt: string };
  /** The page it is about. */
  to?: string;
}

const DESK: readonly Role[] = ['duty_officer', 'administrator'];
const UNIT: readonly Role[] = ['department_contact', 'department_head'];
const LEAD: readonly Role[] = ['leader', 'administrator'];

export const CHAPTERS: readonly Chapter[] = [
  {
    id: 'board',
    title: '值班台：先办哪一件',
    roles: DESK,
    about: '全部在办事件按轻重缓急排列，每秒按服务器时间倒计时。',
    steps: [
      '排在最前的是有在计时限的重大突发事件，不论是否超期；其次是已超期的，按级别和超期先后；再次按最近的期限。',
      '颜色之外都有文字：正常、临近、超期、中止、暂定。「暂定」表示期限跨过尚未公布的放假安排，公布后重算。',
      '键盘：j、k 上下移动，回车打开，s 签收，a 交办，e 登记回应，/ 筛选，? 查看全部按键。',
      '鼠标停在列表上时排序不动，新来的事件收在上方蓝条里，点一下或按 r 更新。',
      '常用的筛选可「存为视图」，换一台电脑登录也在。',
    ],
    picture: { file: 'board', alt: '值班台：上方是各类事件的数量，下方是按轻重缓急排列的事件，右侧是最新信息' },
    to: '/',
  },
  {
    id: 'alerts',
    title: '预警：响了怎么办',
    roles: [],
    about: '新的重大事件、临期和超期会在页面上方、铃铛和已开通的渠道同时提醒。',
    steps: [
      '点「查看并标为已读」打开事件。已读即为签阅；无人签阅的，系统到时自动报上一级。',
      '铃铛里可以打开「紧急预警声音」和「桌面通知」。浏览器第一次会询问是否允许，请点允许。',
      '右上角「已连接」变成「重连中」或「离线」时，倒计时照常走；恢复后漏收的预警会自动补齐，不会丢失。',
    ],
    picture: { file: 'alerts', alt: '预警抽屉：每条预警的级别、时间、内容和打开事件的按钮' },
  },
  {
    id: 'handover',
    title: '交接班',
    roles: DESK,
    about: '交班说明与当时全部在办事件一并留存，写下后任何人都不能修改。',
    steps: [
      '下班前打开「交接班」，写下正在盯的事、已联系的人、约好的时间，点「交班」。',
      '接班的人登录后，值班台上方会出现待接班的提示。核对后点「我已核对，接班」，留下接班时间。',
      '交班人不能自己接班。',
    ],
    picture: { file: 'handover', alt: '交接班页：交班说明、接班状态和当时在办的事件' },
    to: '/handover',
  },
  {
    id: 'case',
    title: '舆情详情：研判、交办、登记回应',
    roles: DESK,
    about: '一件事的全部：时限与依据、报道、传播、办理、预警和凭据。',
    steps: [
      '先看「时限」：每项写明最迟时刻、起算点和原文依据，点「期限计算书」可逐日核对、打印。',
      '判断有误用「改判」，写明理由；升级时新时限从最初的起算点起算，可能立即显示超期。',
      '「交办」给承办部门，系统同时起算签收时限并提醒对方。',
      '发布后「登记回应」：时限只认登记的回应，按回应本身的时间判断是否按期。公开发布的须填网址或附上文件。',
      '「打印」得到整件事的纸面记录。',
    ],
    picture: { file: 'case', alt: '舆情详情页：左侧是各项时限和报道，右侧是传播情况和时间线' },
  },
  {
    id: 'search',
    title: '信息流与查找',
    roles: [],
    about: '各来源抓到的全部信息，几秒内即可按字词查到。',
    steps: [
      '空格分开的词都要有；引号内逐字相连，如 “恢复供水”；词前加“-”表示不含。',
      '可再按级别、来源和日期缩小范围。相同或近似的信息折叠在一起，点开可看。',
      '电话、证件号、姓名等个人信息已遮盖，也不能用来查找：本系统跟踪事，不跟踪人。',
    ],
    picture: { file: 'items', alt: '信息流：查找框、筛选条件和标出字词的结果' },
    to: '/items',
  },
  {
    id: 'import',
    title: '手工录入与从表格导入',
    roles: DESK,
    about: '电话、微信群里看到的，和 12345 平台导出的工单，录入后与自动抓取的一样研判、归并、立案、计时。',
    steps: [
      '零星的在「手工录入」里填标题和来源；有截图可直接粘贴，连同摘要值作为证据保存。同一网址录入几次也只算一条。',
      '成批的点「从表格导入」，选 CSV、TSV 或 XLSX 文件。系统按列名认出标题、正文、时间、地区、编号；认错的在下拉框里改，预览随即重算。',
      '导入前看三个数：可导入、编号重复（只收第一条）、有错（逐行写明错在哪里，不会导入）。预览中的个人信息已遮盖，来电人姓名、电话的列从不读取。',
      '点「导入」后整批一起收录，或一条也不收；同一编号以后再导入也只收一次。发现时间为导入时间，时限由此起算。',
      '12345 工单按转办处理：办结后还要向平台反馈办理结果，系统另起一项时限。',
      '每月格式都一样的表，请管理员把列名写进 config/import，以后不用再选。',
    ],
    picture: { file: 'import', alt: '导入页：表格种类、各列的对应、可导入的条数和前几条预览' },
    to: '/import',
  },
  {
    id: 'matters',
    title: '承诺事项、任务台账与网站检查',
    roles: DESK,
    about: '不由舆情、而由文件、申请、日历和任务引起的时限，用同样的计时、阶梯和期限计算书。',
    steps: [
      '「承诺事项」右上角「登记事项」：文件印发、收到公开申请、人事变动等，选类型、填时间，期限当场算出。定期要做的事由系统按日历自动列出。',
      '「任务台账」里粘贴工作要点全文或上传 Word，系统读出任务、期限和牵头、责任单位；标红的先核对再导入，此后按单位看进度。',
      '期限写作“印发后 5 个工作日内”的任务，等文件印发后点「登记起算」。',
      '「网站检查」每周逐页查看标为官方并监测更新的网站：死链、个人信息外露、公开超时、长期不更新，整改后自动销号。',
    ],
    to: '/matters',
  },
  {
    id: 'department',
    title: '部门视图：手机上签收和回应',
    roles: UNIT,
    about: '打开就是本部门要签收的和在办的，按期限先后排列，手机上单手可用。',
    steps: [
      '「待签收」里点「签收」，一下即成；签收时刻就是点下的时刻。',
      '办理后点「回应（可附文件）」，选类型、写标题、附上文件或网址。填了一半断网或登录过期也不会丢。',
      '排在前面的先办；红字「已超期」表示已过最迟时刻，仍须尽快回应。',
    ],
    picture: { file: 'department', alt: '手机上的部门视图：待签收的事件和签收、回应两个大按钮' },
    to: '/department',
  },
  {
    id: 'review',
    title: '复核队列',
    roles: DESK,
    about: '系统拿不准的判断，由人来定；您的决定会用来改进分类。',
    steps: ['看标出的依据，认可或改判，写一句理由。', '决定当场生效：改为涉政的立即立案计时。'],
    picture: { file: 'review', alt: '复核队列：待复核的信息、系统判断的依据和决定按钮' },
    to: '/review',
  },
  {
    id: 'month',
    title: '月报：会前看什么',
    roles: ['leader', 'duty_officer', 'administrator', 'auditor'],
    about: '按期率、用时、分部门分级别分领域的情况；每个数都能点开看到是哪些事件。',
    steps: [
      '最上面的「会前要点」：按期率比上月、上年同月升降几个百分点，重大舆情有几项没有按期，哪些部门超期最多。',
      '按期率＝按期完成 ÷（按期＋逾期完成＋超期未完成）。力争时限与最迟时限分开统计。',
      '「截至」可填过去的时刻：当时的报表，以后再查还是同样的数。',
      '点带虚线的数字，列出它背后的事件（一件事件可有几项时限，列表上方写明共几项）。不足 20 项的比率只列件数。',
      '分组表可按部门、地区、级别、领域、来源看，各有「时限」「用时」「事件与改判」三张；上月、上年同月的数字也能点开。',
      '月末之后报告自动固化；「从事件重算核对」证明数字未动，后来的补登单独列出。右上角可下载 Word、Excel。',
    ],
    picture: { file: 'month', alt: '月报：按期率等主要数字、分组统计图和表' },
    to: '/months',
  },
  {
    id: 'reports',
    title: '报告、专报与效果评估',
    roles: ['leader', 'duty_officer', 'administrator', 'auditor'],
    about: '日报、周报、月报按日程自动生成，可用邮件发给名单；单个事件可出专报和应对工作效果评估。',
    steps: [
      '「报告」页可现在生成任意一天、一周的报告，已生成的原样保留。',
      '事件页的「专报」「效果评估」：回应前后的热度、历时、遗留问题，一页可打印。',
      'Word 文件按党政机关公文格式排版，签发前请核对文号和署名。',
    ],
    to: '/reports',
  },
  {
    id: 'assessment',
    title: '考评与问责文书',
    roles: ['leader', 'administrator', 'department_head', 'department_contact'],
    about: '考评：日常 40%、年终 60%，每一分怎么来的都写明；问责文书由系统起草、由人决定。',
    steps: [
      '点部门名称看每项指标的算法。部门对某项有异议可「申诉」，答复和理由都留痕。',
      '「问责文书」列出超期的时限，督办单、通报、约谈通知可修改后签发，或写明理由不出；系统从不自行决定。',
    ],
    to: '/assessment',
  },
  {
    id: 'backtest',
    title: '回测：假如当时有这些规则',
    roles: LEAD,
    about: '把过去的留言和答复时间放到规则下，看有多少会按期，按月、按领域，可对比规则包。',
    steps: [
      '上传每行一条的记录（标题、正文、发布时间、答复时间），选一至三个规则包。',
      '原文判读后即删除，只保留数字。',
    ],
    to: '/backtest',
  },
  {
    id: 'wall',
    title: '大屏',
    roles: ['leader', 'duty_officer', 'administrator'],
    about: '值班室墙上的总览：在计时限、今日情况、领域与地区热度、本月按期率。',
    steps: [
      '点「全屏」后无需操作，数据自动更新，可长期开着。',
      '登录大屏的账号权限决定看到的范围；建议单独建一个值班员账号。',
    ],
    picture: { file: 'wall', alt: '大屏：大号数字、最急的事件、今日每小时信息和领域、地区排行' },
    to: '/wall',
  },
  {
    id: 'rules',
    title: '规则、日历与推演',
    roles: [],
    about: '每项时限的原文依据、预警阶梯、工作日历；「推演」可试算任意级别、任意时刻的全部期限。',
    steps: [
      '「推演」选级别和发现时间，列出会起算的每项时限、期限计算书和逐级预警的时刻。只作推演，不立案。',
      '国务院公布放假安排后，管理员在「工作日历」载入；载入前会先列出哪些在计时限会变动。',
    ],
    picture: { file: 'what-if', alt: '推演：选择级别和发现时间后列出的各项时限' },
    to: '/rules?tab=what-if',
  },
  {
    id: 'roster',
    title: '值班表',
    roles: LEAD,
    about: '谁在岗，预警就先到谁；排班有空档时，预警直接到上一级。',
    steps: ['按轮次一次排好若干天，再按需「替班」。', '页面会标出没有人值班的时段，请补齐。'],
    picture: { file: 'roster', alt: '值班表：一周的班次和空档' },
    to: '/roster',
  },
  {
    id: 'sources',
    title: '来源与系统状态',
    roles: ['administrator', 'duty_officer', 'auditor'],
    about: '从哪里看、看得见看不见。',
    steps: [
      '「故障」「久无更新」的来源要尽快处理：看不见就起不了时。',
      '「系统状态」列出各进程和引擎是否正常；不正常时页面上会写明怎么办。',
    ],
    picture: { file: 'sources', alt: '来源页：各来源的状态、成功率和最近抓取时间' },
    to: '/sources',
  },
  {
    id: 'users',
    title: '用户与审计',
    roles: ['administrator', 'auditor'],
    about: '谁能看什么、做了什么。',
    steps: [
      '新账号的一次性密码只显示一次，本人首次登录时改密。',
      '换岗用「变更」：角色、部门、地区立即生效，旧部门的事件和预警随即不可见，原班次移出值班表；最后一位管理员不能降级。',
      '「审计」记录每一次操作，首尾相扣，改动一处即可查出。',
    ],
    to: '/users',
  },
  {
    id: 'comfort',
    title: '关怀版、深色与键盘',
    roles: [],
    about: '右上角姓名菜单里有「关怀版（大字）」；太阳月亮图标切换浅色、深色或跟随系统。',
    steps: [
      '全部功能都能用键盘完成：Tab 移动，回车确定，Esc 关闭；第一次按 Tab 可「跳到正文」。',
      '值夜班建议用深色。',
    ],
  },
];

/** Those of one's own work first, then everybody's, then the rest. */
export function chaptersFor(role: Role): { own: Chapter[]; others: Chapter[] } {
  const own = CHAPTERS.filter((c) => c.roles.length === 0 || c.roles.includes(role));
  return {
    own: own.sort((a, b) => Number(a.roles.length === 0) - Number(b.roles.length === 0)),
    others: CHAPTERS.filter((c) => !own.includes(c)),
  };
}
