'use strict';
// HTTP by node:http.
const http = require('node:http');
const { listen, respond } = require('./hello.js');

listen(http.createServer((request, response) => respond(response)));
