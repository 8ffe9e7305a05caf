import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Order } from './order.entity.js';
import { OrderHandlers } from './order-handlers.js';
import { OrdersController } from './orders.controller.js';

/** An ordinary Nest module; `hookyard` finds the handlers in it. */
@Module({
  imports: [TypeOrmModule.forFeature([Order])],
  controllers: [OrdersController],
  providers: [OrderHandlers],
})
export class OrdersModule {}
