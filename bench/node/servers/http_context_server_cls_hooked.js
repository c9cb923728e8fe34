'use strict';
require('./context_server.js')(require('../stores/cls_hooked.js'));
