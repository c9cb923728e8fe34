'use strict';
require('./context_server.js')(require('../stores/none.js'));
