'use strict';

const CHINESE = {
  title: 'Magpie HTTP 接口',
  hint: '每个请求都需要 API 密钥:点击 Authorize 并输入密钥。密钥只保存在本标签页中。',
  document: 'OpenAPI 文档',
};

if (/^zh\b/.test(navigator.language)) {
  document.documentElement.lang = 'zh-CN';
  document.title = CHINESE.title;
  for (const id of ['hint', 'document']) document.getElementById(id).textContent = CHINESE[id];
}

window.ui = SwaggerUIBundle({
  url: 'openapi.yaml',
  dom_id: '#api',
  // Asks no other server to check the document.
  validatorUrl: null,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
});
