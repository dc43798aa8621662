import { createApp } from 'vue';
import App from './app.vue';
import { router } from './router';
import { followTheme } from './state/theme';
import 'element-plus/theme-chalk/base.css';
import './style/tokens.css';
import './style/base.css';

followTheme();
createApp(App).use(router).mount('#app');
