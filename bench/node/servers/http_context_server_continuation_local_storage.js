'use strict';
require('./context_server.js')(require('../stores/continuation_local_storage.js'));
